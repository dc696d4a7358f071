using System.Net;
using System.Net.Sockets;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Connections;

public sealed class RedisConnectionTests(SharedRedis redis)
{
    private const int Connected = 2000;
    private const int ConnectFailed = 2001;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_connected_before_the_first_use()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        await using (ProviderUnderTest.On(redis.Server, options => options.Configuration = listener.LocalEndpoint.ToString()))
        {
            listener.Pending().ShouldBeFalse();
        }
    }

    [Fact]
    public async Task Concurrent_first_uses_share_one_connection()
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = ProviderUnderTest.On(server);
        await using var wire = await server.ConnectAsync();

        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => locks.AcquireAsync($"key-{i}", "a").AsTask()));

        locks.Log.CountOf(Connected).ShouldBe(1);
        var clients = (await wire.SendAsync("CLIENT", "LIST", "TYPE", "normal"))!.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        clients.Length.ShouldBe(2, "one of the lock and the test's own");
    }

    [Fact]
    public async Task A_failed_attempt_is_not_the_last()
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = ProviderUnderTest.On(server, options => options.Configuration += ",connectTimeout=1000");
        await server.KillAsync();

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.AcquireAsync("orders", "a"));
        error.IsTransient.ShouldBeTrue();
        await server.RestartAsync();

        (await locks.AcquireAsync("orders", "a")).IsGranted.ShouldBeTrue();
        locks.Log.CountOf(ConnectFailed).ShouldBe(1);
    }

    [Fact]
    public async Task A_server_that_accepts_and_is_silent_fails_the_first_use_within_the_command_timeout()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var locks = ProviderUnderTest.On(redis.Server, options =>
        {
            options.Configuration = silent.LocalEndpoint.ToString();
            options.CommandTimeout = TimeSpan.FromMilliseconds(200);
        });

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.AcquireAsync("orders", "a").Within());

        error.IsTransient.ShouldBeTrue();
        error.InnerException.ShouldBeOfType<TimeoutException>();
    }

    [Fact]
    public async Task A_caller_that_cancels_does_not_end_the_attempt_for_the_others()
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = ProviderUnderTest.On(server, options => options.CommandTimeout = TimeSpan.FromMinutes(1));
        server.Freeze();
        using var cancellation = new CancellationTokenSource();
        var cancelled = locks.Connection.OpenAsync(cancellation.Token).AsTask();
        var other = locks.Connection.OpenAsync(Token).AsTask();

        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => cancelled);
        other.IsCompleted.ShouldBeFalse();
        server.Thaw();

        (await other).ShouldBeSameAs(await locks.Connection.OpenAsync(Token));
    }

    [Fact]
    public async Task A_connection_of_ours_is_closed_with_the_provider()
    {
        await using var server = await RedisServer.StartAsync();
        await using var wire = await server.ConnectAsync();
        var locks = ProviderUnderTest.On(server);
        await locks.AcquireAsync("orders", "a");
        var multiplexer = locks.Connection.Session!.Multiplexer;

        await locks.DisposeAsync();

        await Eventually.BecomesTrueAsync(async () => (await ClientsAsync(wire)) == 1, "the connections were closed");
        Should.Throw<ObjectDisposedException>(() => multiplexer.GetDatabase().Ping());
    }

    [Fact]
    public async Task A_connection_that_is_made_after_the_disposal_is_closed_at_once()
    {
        await using var server = await RedisServer.StartAsync();
        await using var wire = await server.ConnectAsync();
        var locks = ProviderUnderTest.On(server, options => options.CommandTimeout = TimeSpan.FromMinutes(1));
        server.Freeze();
        var opening = locks.Connection.OpenAsync(Token).AsTask();

        await locks.DisposeAsync();
        server.Thaw();

        await Should.ThrowAsync<DistributedLockUnavailableException>(() => opening);
        await Eventually.BecomesTrueAsync(async () => (await ClientsAsync(wire)) == 1, "the connections were closed");
        await Should.ThrowAsync<Exception>(async () => await locks.AcquireAsync("orders", "a"));
    }

    [Fact]
    public async Task A_connection_that_was_given_is_left_open()
    {
        using var multiplexer = await ConnectionMultiplexer.ConnectAsync(redis.Server.Address);
        var locks = ProviderUnderTest.On(redis.Server, given: multiplexer);
        await locks.AcquireAsync("orders", "a");

        await locks.DisposeAsync();

        multiplexer.IsConnected.ShouldBeTrue();
        (await multiplexer.GetDatabase().PingAsync()).ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Fact]
    public async Task The_options_are_copied()
    {
        var configuration = ConfigurationOptions.Parse(redis.Server.Address);
        await using var locks = ProviderUnderTest.On(redis.Server, options =>
        {
            options.Configuration = null;
            options.ConfigurationOptions = configuration;
        });
        configuration.EndPoints.Clear();

        (await locks.AcquireAsync("orders", "a")).IsGranted.ShouldBeTrue();
    }

    private static async Task<int> ClientsAsync(RedisWire wire) =>
        (await wire.SendAsync("CLIENT", "LIST"))!.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
}
