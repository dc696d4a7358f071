using DistributedLocking.MySql;
using DistributedLocking.MySql.Configuration;
using DistributedLocking.PostgreSql;
using DistributedLocking.PostgreSql.Configuration;
using Microsoft.Extensions.Options;

namespace DistributedLocking.Sql.Tests.Configuration;

public sealed class SqlLockOptionsValidatorTests
{
    private delegate IReadOnlyList<string> Check(Action<SqlLockOptions> configure);

    [Fact]
    public void The_defaults_are_valid_with_or_without_a_database()
    {
        PostgreSqlFailures(_ => { }).ShouldBeEmpty("the registered data source is looked for elsewhere");
        PostgreSqlFailures(options => options.ConnectionString = "Host=localhost;Username=app;Password=p").ShouldBeEmpty();
        PostgreSqlFailures(options => options.DataSource = _ => null!).ShouldBeEmpty();
        MySqlFailures(_ => { }).ShouldBeEmpty();
        MySqlFailures(options => options.ConnectionString = "Server=localhost;User ID=app;Password=p").ShouldBeEmpty();
    }

    [Fact]
    public void A_database_that_is_named_twice_is_refused() => ForBoth(failures => failures(options =>
    {
        options.ConnectionString = "Host=localhost";
        options.DataSource = _ => null!;
    }).Single().ShouldContain("ConnectionString and DataSource are both set"));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public void A_blank_connection_string_is_refused(string text) =>
        ForBoth(failures => failures(options => options.ConnectionString = text).Single().ShouldEndWith("SqlLockOptions.ConnectionString is blank."));

    [Theory]
    [InlineData("s3cret")]
    [InlineData("Host=localhost;Pasword=s3cret")]
    [InlineData("Host=localhost;Port=s3cret")]
    public void A_connection_string_that_can_not_be_read_is_refused_without_being_quoted(string text) => ForBoth(failures =>
    {
        var failure = failures(options => options.ConnectionString = text).Single();

        failure.ShouldContain("SqlLockOptions.ConnectionString is not a");
        failure.ShouldNotContain("s3cret");
    });

    [Fact]
    public void PostgreSql_needs_a_host() => PostgreSqlFailures(options => options.ConnectionString = "Username=app").Single().ShouldContain("ConnectionString");

    [Fact]
    public void Other_values_are_named_with_their_range() => ForBoth(failures =>
    {
        failures(options => options.Mode = (SqlLockMode)7).Single().ShouldContain("Mode 7");
        failures(options => options.CommandTimeout = TimeSpan.Zero).Single().ShouldContain("CommandTimeout 00:00:00");
        failures(options => options.CommandTimeout = TimeSpan.FromHours(2)).Single().ShouldContain("CommandTimeout 02:00:00");
        failures(options => options.MaxConnections = 0).Single().ShouldContain("MaxConnections 0");
        failures(options => options.UnusedKeyRetention = TimeSpan.FromMinutes(59)).Single().ShouldContain("UnusedKeyRetention 00:59:00");
        failures(options => options.UnusedKeyRetention = Timeout.InfiniteTimeSpan).ShouldBeEmpty();
        failures(options => options.LongHoldWarning = TimeSpan.Zero).Single().ShouldContain("LongHoldWarning 00:00:00");
        failures(options => options.LongHoldWarning = Timeout.InfiniteTimeSpan).ShouldBeEmpty();
        failures(options => options.TimeToLive = TimeSpan.Zero).ShouldContain(failure => failure.Contains("TimeToLive", StringComparison.Ordinal));
    });

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    public void A_table_needs_a_name(string? table) => ForBoth(failures =>
        failures(options => options.Table = table!).Single().ShouldEndWith("SqlLockOptions.Table must not be null or blank."));

    [Fact]
    public void A_blank_schema_is_refused() => ForBoth(failures => failures(options => options.Schema = "").Single().ShouldContain("Schema must not be blank"));

    [Fact]
    public void A_name_that_the_server_would_cut_is_refused()
    {
        PostgreSqlFailures(options => options.Table = new string('t', 56)).ShouldBeEmpty();
        PostgreSqlFailures(options => options.Table = new string('t', 57)).Single().ShouldContain("t_holder' must be at most 63 bytes");
        PostgreSqlFailures(options => options.Table = new string('t', 64)).Single().ShouldContain("at most 63 bytes");
        PostgreSqlFailures(options => options.Schema = new string('é', 32)).Single().ShouldContain("Schema 'é");
        MySqlFailures(options => options.Table = new string('é', 57)).ShouldBeEmpty();
        MySqlFailures(options => options.Table = new string('é', 58)).Single().ShouldContain("é_holder' must be at most 64 characters");
        MySqlFailures(options => options.Table = new string('t', 65)).Single().ShouldContain("at most 64 characters");
        MySqlFailures(options => options.Schema = new string('t', 65)).Single().ShouldContain("Schema 't");
    }

    [Fact]
    public void A_name_that_the_server_does_not_take_is_refused()
    {
        ForBoth(failures => failures(options => options.Table = "a\0b").Single().ShouldContain("U+0000"));
        MySqlFailures(options => options.Table = "ends ").Single().ShouldContain("space");
        MySqlFailures(options => options.Table = "😀").Single().ShouldContain("U+FFFF");
        PostgreSqlFailures(options => options.Table = "ends 😀 ").ShouldBeEmpty();
    }

    /// <summary>
    /// PostgreSQL counts milliseconds in an int; MySQL counts seconds, at most a year of them, and on Windows
    /// 2,147,483.
    /// </summary>
    [Fact]
    public void The_longest_time_to_live_fits_what_the_servers_count()
    {
        var longest = TimeSpan.FromDays(24);

        ForBoth(failures => failures(options => options.TimeToLive = longest).ShouldBeEmpty());
        ForBoth(failures => failures(options => options.TimeToLive = longest + TimeSpan.FromTicks(1)).ShouldNotBeEmpty());
        longest.TotalMilliseconds.ShouldBeLessThan(int.MaxValue);
        longest.TotalSeconds.ShouldBeLessThan(2_147_483);
    }

    private static void ForBoth(Action<Check> check)
    {
        check(PostgreSqlFailures);
        check(MySqlFailures);
    }

    private static IReadOnlyList<string> PostgreSqlFailures(Action<SqlLockOptions> configure) =>
        Failures(new PostgreSqlLockOptionsValidator(), new PostgreSqlLockOptions(), configure);

    private static IReadOnlyList<string> MySqlFailures(Action<SqlLockOptions> configure) =>
        Failures(new MySqlLockOptionsValidator(), new MySqlLockOptions(), configure);

    private static IReadOnlyList<string> Failures<T>(IValidateOptions<T> validator, T options, Action<SqlLockOptions> configure)
        where T : SqlLockOptions
    {
        configure(options);
        return [.. validator.Validate(null, options).Failures ?? []];
    }
}
