using DistributedLocking.Providers;
using DistributedLocking.Redis.Configuration;

namespace DistributedLocking.Redis.Tests.Replicas;

public sealed class ReplicaOptionsTests
{
    [Fact]
    public void With_a_named_server_they_are_valid() => Failures(options => options.Configuration = "localhost:6379").ShouldBeEmpty();

    [Fact]
    public void Wrong_values_are_named()
    {
        Failures(options => (options.Configuration, options.MinReplicas) = ("a:1", -1)).Single().ShouldContain("MinReplicas -1");
        Failures(options => (options.Configuration, options.ReplicaTimeout) = ("a:1", TimeSpan.Zero)).Single().ShouldContain("ReplicaTimeout 00:00:00");
    }

    [Fact]
    public void They_need_a_server_that_can_be_connected_to_again()
    {
        Failures(_ => { }).Single().ShouldContain("MinReplicas 1 needs one server");
        Failures(options => options.Servers = ["a:1", "b:1", "c:1"]).Single().ShouldContain("MinReplicas 1 needs one server");
    }

    [Fact]
    public async Task Grants_of_a_connection_of_their_own_are_not_in_order_with_releases()
    {
        await using var provider = new RedisLockProvider(new RedisLockOptions { Configuration = "localhost", MinReplicas = 1 });

        provider.Capabilities.HasFlag(LockProviderCapabilities.Ordered).ShouldBeFalse();
    }

    private static IReadOnlyList<string> Failures(Action<RedisLockOptions> configure)
    {
        var options = new RedisLockOptions { MinReplicas = 1 };
        configure(options);
        return [.. new RedisLockOptionsValidator().Validate(null, options).Failures ?? []];
    }
}
