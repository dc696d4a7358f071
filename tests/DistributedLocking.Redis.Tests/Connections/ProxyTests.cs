using System.Collections.Concurrent;
using System.Net.Sockets;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Connections;

/// <summary>
/// A connection that says that a proxy is before the servers. The client then has no publish/subscribe.
/// </summary>
public sealed class ProxyTests
{
    private const int Refused = 2010;

    [Theory]
    [InlineData("Envoyproxy")]
    [InlineData("Twemproxy")]
    public async Task Locks_work_without_notifications_and_without_batches(string proxy)
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = ProviderUnderTest.On(server, options => options.Configuration += $",proxy={proxy}", inBatches: true);
        await using var wire = await server.ConnectAsync();

        var first = await locks.AcquireAsync("orders", "a");
        first.IsGranted.ShouldBeTrue();
        (await locks.AskAsync("orders", "b")).IsGranted.ShouldBeFalse();
        (await locks.Provider.WatchAsync(ProviderUnderTest.Request("orders", "b"), TestContext.Current.CancellationToken)).ShouldBeNull();
        (await wire.SendAsync("EXISTS", locks.QueueName("orders"))).ShouldBe("0", "no place without a watch");
        (await locks.RenewAsync("orders", "a")).Outcome.ShouldBe(RenewalOutcome.Renewed);
        (await locks.ReleaseAsync("orders", "a")).ShouldBeTrue();
        (await locks.AskAsync("orders", "b")).FencingToken.ShouldBeGreaterThan(first.FencingToken);

        locks.Connection.Session!.Scripts.MayBatch.ShouldBeFalse("a proxy sends a script where its first key is");
        locks.Log.CountOf(Refused).ShouldBe(1);
    }

    [Fact]
    public async Task A_connection_that_can_not_be_used_is_closed_before_another_is_made()
    {
        await using var server = await RedisServer.StartAsync();
        var sockets = new ConcurrentQueue<Socket>();
        await using var locks = ProviderUnderTest.On(server, options =>
        {
            options.ConfigurationOptions = ConfigurationOptions.Parse($"{options.Configuration},proxy=Twemproxy");
            options.ConfigurationOptions.BeforeSocketConnect = (_, _, socket) => sockets.Enqueue(socket);
            options.Configuration = null;
            options.Database = 5;
        });

        for (var i = 0; i < 3; i++)
        {
            var error = await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.AcquireAsync("orders", "a"));
            error.IsTransient.ShouldBeFalse();
            error.IsUnsent.ShouldBeTrue();
        }

        sockets.Count.ShouldBeGreaterThanOrEqualTo(3);
        await Eventually.BecomesTrueAsync(() => Task.FromResult(sockets.All(socket => socket.SafeHandle.IsClosed)), "all were closed");
    }
}
