using DistributedLocking.Redis.Configuration;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Configuration;

public sealed class RedisLockOptionsValidatorTests
{
    [Fact]
    public void The_defaults_with_a_server_are_valid()
    {
        Failures(options => options.Configuration = "localhost:6379").ShouldBeEmpty();
        Failures(options => options.ConfigurationOptions = ConfigurationOptions.Parse("localhost")).ShouldBeEmpty();
        Failures(_ => { }).ShouldBeEmpty("the registered multiplexer is looked for elsewhere");
    }

    [Fact]
    public void A_server_that_is_named_twice_is_refused() => Failures(options =>
    {
        options.Configuration = "localhost:6379";
        options.ConfigurationOptions = ConfigurationOptions.Parse("localhost:6379");
    }).Single().ShouldContain("both");

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("ssl=true")]
    public void A_string_without_a_server_is_refused(string text) =>
        Failures(options => options.Configuration = text).Single().ShouldContain("names no server");

    [Fact]
    public void Options_without_a_server_are_refused() =>
        Failures(options => options.ConfigurationOptions = new ConfigurationOptions()).Single().ShouldContain("EndPoints");

    [Theory]
    [InlineData("localhost,pasword=s3cret")]
    [InlineData("localhost,password=abc,s3cret=1")]
    [InlineData("localhost,syncTimeout=s3cret")]
    public void A_string_that_can_not_be_read_is_refused_without_being_quoted(string text)
    {
        var failure = Failures(options => options.Configuration = text).Single();

        failure.ShouldContain("Configuration is not a StackExchange.Redis connection string");
        failure.ShouldNotContain("s3cret");
    }

    [Fact]
    public void Three_servers_are_valid()
    {
        Failures(options => options.Servers = ["a:1", "b:1", "c:1"]).ShouldBeEmpty();
        Failures(options => options.Servers = ["a:1", "a:2", "a:3", "b:1", "c:1"]).ShouldBeEmpty();
    }

    [Fact]
    public void Too_few_servers_are_refused()
    {
        Failures(options => options.Servers = ["a:1"]).Single().ShouldContain("Servers has 1 entries");
        Failures(options => options.Servers = ["a:1", "b:1"]).Single().ShouldContain("Servers has 2 entries");
    }

    [Fact]
    public void A_server_that_would_vote_twice_is_refused() =>
        Failures(options => options.Servers = ["a:1", "b:1", "A:1,ssl=true"]).Single().ShouldBe("RedisLockOptions.Servers[2] names the same server as entry 0.");

    [Fact]
    public void Servers_are_named_in_one_way()
    {
        Failures(options =>
        {
            options.Configuration = "a:1";
            options.Servers = ["a:1", "b:1", "c:1"];
        }).Single().ShouldContain("Configuration, ConfigurationOptions, Servers and ServerConnections: only one");
    }

    [Fact]
    public void A_server_that_can_not_be_read_is_named_by_its_place_without_being_quoted()
    {
        var failure = Failures(options => options.Servers = ["a:1", "b:1,password=abc,s3cret=1", "c:1"]).Single();

        failure.ShouldContain("Servers[1] is not a StackExchange.Redis connection string");
        failure.ShouldNotContain("s3cret");
        Failures(options => options.Servers = ["a:1", "", "c:1"]).Single().ShouldBe("RedisLockOptions.Servers[1] names no server.");
    }

    [Fact]
    public void Other_values_are_named_with_their_range()
    {
        Failures(options => options.Database = -2).Single().ShouldContain("Database -2");
        Failures(options => options.CommandTimeout = TimeSpan.Zero).Single().ShouldContain("CommandTimeout 00:00:00");
        Failures(options => options.CommandTimeout = TimeSpan.FromHours(2)).Single().ShouldContain("CommandTimeout 02:00:00");
        Failures(options => options.ServerTimeout = TimeSpan.Zero).Single().ShouldContain("ServerTimeout 00:00:00");
        Failures(options => options.KeyPrefix = "app{}:").Single().ShouldContain("KeyPrefix 'app{}:'");
        Failures(options => options.KeyPrefix = "app:{2a7}:").Single().ShouldContain("KeyPrefix 'app:{2a7}:' must not have three hexadecimal digits in braces");
        Failures(options => options.TimeToLive = TimeSpan.Zero).ShouldContain(failure => failure.Contains("TimeToLive", StringComparison.Ordinal));
    }

    private static IReadOnlyList<string> Failures(Action<RedisLockOptions> configure)
    {
        var options = new RedisLockOptions();
        configure(options);
        return [.. new RedisLockOptionsValidator().Validate(null, options).Failures ?? []];
    }
}
