using System.Net;
using System.Net.Sockets;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Connections;

/// <summary>What a failure's text tells of an outage: the server and the reason, and nothing secret.</summary>
public sealed class OutageTextTests(SharedRedis redis)
{
    [Fact]
    public async Task A_refused_connection()
    {
        var address = ClosedPort.Address();

        (await FailAsync($"{address},password=s3cret")).Message.ShouldEndWith($": connection refused by {address}.");
    }

    [Fact]
    public async Task An_unknown_host() => (await FailAsync("no-such-host.invalid:6398,user=bob,password=s3cret")).Message
        .ShouldEndWith(": host of no-such-host.invalid:6398 not found.");

    [Fact]
    public async Task A_server_that_accepts_and_is_silent()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();

        (await FailAsync(silent.LocalEndpoint.ToString()!, options => options.CommandTimeout = TimeSpan.FromMilliseconds(200))).Message
            .ShouldBe($"Redis at {silent.LocalEndpoint} did not accept a connection within 00:00:00.2000000 (CommandTimeout).");
    }

    /// <summary>
    /// The client may try on for longer than the call waits, and may let its callers wait for a connection that never
    /// comes.
    /// </summary>
    [Theory]
    [InlineData("password=s3cret")]
    [InlineData("user=bob,password=s3cret")]
    [InlineData("password=s3cret,connectTimeout=30000,connectRetry=9")]
    [InlineData("password=s3cret,abortConnect=false")]
    public async Task A_wrong_password_at_the_first_call(string credentials)
    {
        await using var server = await RedisServer.StartAsync("--requirepass", "correct");

        var error = await FailAsync($"{server.Address},{credentials}");

        error.Message.ShouldBe($"Redis at {server.Address} refused the user name or the password.");
        error.IsTransient.ShouldBeFalse();
    }

    [Fact]
    public async Task A_server_that_went_away()
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = ProviderUnderTest.On(server);
        await locks.AcquireAsync("orders", "a");
        await server.KillAsync();

        // The first calls may still meet the connection that has just been cut.
        await Eventually.BecomesTrueAsync(
            async () => (await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.AcquireAsync("other", "a")))
                .Message.Contains($": connection refused by {server.Address}.", StringComparison.Ordinal),
            "the reason was told");
        (await locks.RenewAsync("orders", "a")).Error!.Message.ShouldEndWith($": connection refused by {server.Address}.");
    }

    [Fact]
    public async Task A_majority_that_is_away()
    {
        var address = ClosedPort.Address();
        await using var provider = new RedisQuorumLockProvider(
            new RedisLockOptions { Servers = [address, "no-such-host.invalid:1", "no-such-host.invalid:2"], ServerTimeout = TimeSpan.FromSeconds(20) });

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(
            async () => await provider.TryAcquireAsync(ProviderUnderTest.Request("orders", "a"), TestContext.Current.CancellationToken));

        error.Message.ShouldContain("2 are needed. ");
        error.Message.ShouldContain(": host of no-such-host.invalid:");
    }

    [Fact]
    public async Task The_clients_own_log_goes_to_the_applications()
    {
        using var logs = new RecordingLogger();
        await using var services = new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(logs))
            .AddRedisLock($"{redis.Server.Address},password=,user=default")
            .BuildServiceProvider();

        await using var handle = await services.GetRequiredService<IDistributedLock>().AcquireAsync($"log-{Random.Shared.NextInt64()}", TestContext.Current.CancellationToken);

        await Eventually.BecomesTrueAsync(() => Task.FromResult(logs.Categories.Contains("StackExchange.Redis.ConnectionMultiplexer", StringComparer.Ordinal)), "the client logged");
    }

    [Fact]
    public async Task The_clients_own_log_stays_where_the_application_sends_it()
    {
        using var ours = new RecordingLogger();
        using var theirs = new RecordingLogger();
        using var factory = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(theirs));
        var configuration = ConfigurationOptions.Parse(redis.Server.Address);
        configuration.LoggerFactory = factory;
        await using var services = new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(ours))
            .AddRedisLock(options => options.ConfigurationOptions = configuration)
            .BuildServiceProvider();

        await using var handle = await services.GetRequiredService<IDistributedLock>().AcquireAsync($"log-{Random.Shared.NextInt64()}", TestContext.Current.CancellationToken);

        theirs.Categories.ShouldContain("StackExchange.Redis.ConnectionMultiplexer", StringComparer.Ordinal);
        ours.Categories.ShouldNotContain("StackExchange.Redis.ConnectionMultiplexer", StringComparer.Ordinal);
    }

    /// <summary>The client takes what follows a comma for one more server, and logs its name.</summary>
    [Fact]
    public async Task A_password_with_a_comma_is_logged_by_nobody()
    {
        var address = ClosedPort.Address();
        using var logs = new RecordingLogger();
        await using var services = new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(logs))
            .AddRedisLock($"{address},password=first-half,second-half.invalid")
            .BuildServiceProvider();

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(
            async () => await services.GetRequiredService<IDistributedLock>().TryAcquireAsync("orders", TestContext.Current.CancellationToken));

        error.Message.ShouldNotContain("half");
        await Eventually.BecomesTrueAsync(() => Task.FromResult(logs.Categories.Any()), "our own entry came");
        logs.Categories.ShouldAllBe(category => category.StartsWith(nameof(DistributedLocking), StringComparison.Ordinal));
    }

    private async Task<DistributedLockUnavailableException> FailAsync(string connectionString, Action<RedisLockOptions>? configure = null)
    {
        await using var locks = ProviderUnderTest.On(redis.Server, options =>
        {
            options.Configuration = connectionString;
            configure?.Invoke(options);
        });
        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.AcquireAsync("orders", "a"));
        error.ToString().ShouldNotContain("s3cret");
        error.ToString().ShouldNotContain("bob");
        return error;
    }
}
