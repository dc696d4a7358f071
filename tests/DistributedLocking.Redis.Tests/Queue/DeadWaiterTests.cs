using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Redis.Tests.Queue;

/// <summary>Processes that died, or were cut off, while they waited: the lock is not offered to them.</summary>
public sealed class DeadWaiterTests(SharedRedis redis)
{
    [Fact]
    public async Task Those_whose_connection_has_ended_are_passed_over()
    {
        await using var server = await RedisServer.StartAsync();
        await using var holder = ProviderUnderTest.On(server);
        await using var wire = await server.ConnectAsync();
        await holder.AcquireAsync("orders", "a");
        for (var i = 0; i < 8; i++)
        {
            var dead = holder.Sibling(server);
            await dead.QueueAsync("orders", $"dead-{i}");
            await dead.DisposeAsync();
        }

        await using var alive = holder.Sibling(server);
        await using var watch = await alive.QueueAsync("orders", "b");
        await Eventually.BecomesTrueAsync(async () => !(await wire.SendAsync("PUBSUB", "CHANNELS", holder.KeyPrefix + "*"))!.Contains('\n', StringComparison.Ordinal), "one listened");
        (await wire.CountPlacesAsync(holder)).ShouldBe(9);

        (await holder.ReleaseAsync("orders", "a")).ShouldBeTrue();

        (await watch.GrantAsync()).IsGranted.ShouldBeTrue();
        (await wire.SendAsync("EXISTS", holder.QueueName("orders"))).ShouldBe("0", "nothing is left of the dead");
    }

    [Theory]
    [InlineData(1, false, false)]
    [InlineData(3, false, true)]
    [InlineData(8, true, false)]
    [InlineData(11, true, true)]
    public async Task One_that_asks_no_more_is_passed_over_sooner_where_the_server_does_not_see_it_listen(int seconds, bool isSeen, bool isPassedOver)
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();
        await locks.AcquireAsync("orders", "a");
        await using var first = await locks.QueueAsync("orders", "b");
        (await wire.IsSeenAsync(locks, "b")).ShouldBeTrue();
        await wire.AgeAsync(locks, "b", TimeSpan.FromSeconds(seconds), isSeen);

        (await locks.ReleaseAsync("orders", "a")).ShouldBeTrue();

        (await wire.SendAsync("GET", locks.LockName("orders"))).ShouldBe(isPassedOver ? null : "b");
        (await wire.SendAsync("EXISTS", locks.QueueName("orders"))).ShouldBe("0");
    }

    [Fact]
    public async Task One_that_is_passed_over_although_it_lives_has_a_new_place_when_it_asks_again()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();
        await locks.AcquireAsync("orders", "a");
        await using var slow = await locks.QueueAsync("orders", "b");
        await using var next = await locks.QueueAsync("orders", "c");
        await wire.AgeAsync(locks, "b", TimeSpan.FromSeconds(3), isSeen: false);
        await locks.ReleaseAsync("orders", "a");
        await next.GrantAsync();

        (await locks.AskAsync("orders", "b")).IsGranted.ShouldBeFalse();
        await locks.ReleaseAsync("orders", "c");

        (await slow.GrantAsync()).IsGranted.ShouldBeTrue();
    }

    [Fact]
    public async Task In_a_cluster_a_waiter_is_granted_the_lock_wherever_it_listens_and_not_when_it_asks_no_more()
    {
        await using var cluster = await RedisCluster.StartAsync();
        await using var locks = ProviderUnderTest.On(cluster.Primaries[0]);
        await locks.AcquireAsync("orders", "a");
        await using var wire = await (await cluster.OwnerAsync(locks.LockName("orders"))).ConnectAsync();
        var waiters = new List<ProviderUnderTest>();
        try
        {
            ProviderUnderTest unseen;
            do
            {
                unseen = locks.Sibling(cluster.Primaries[0]);
                waiters.Add(unseen);
                await unseen.QueueAsync("orders", $"b{waiters.Count}");
            }
            while (await wire.IsSeenAsync(unseen, $"b{waiters.Count}"));

            // Those that listen on the lock's own node are gone, and are seen to be.
            foreach (var seen in waiters.SkipLast(1))
            {
                await seen.DisposeAsync();
            }

            await Eventually.BecomesTrueAsync(async () => (await wire.SendAsync("PUBSUB", "CHANNELS", locks.KeyPrefix + "*"))!.Length == 0, "nobody listened there");
            (await unseen.AskAsync("orders", $"b{waiters.Count}")).IsGranted.ShouldBeFalse();
            await using var watch = (await unseen.Provider.WatchAsync(ProviderUnderTest.Request("orders", $"b{waiters.Count}"), TestContext.Current.CancellationToken))!;

            // However slow this machine is.
            await wire.AgeAsync(unseen, $"b{waiters.Count}", TimeSpan.FromMinutes(-1), isSeen: false);
            (await locks.ReleaseAsync("orders", "a")).ShouldBeTrue();
            (await watch.GrantAsync()).IsGranted.ShouldBeTrue();

            (await locks.AskAsync("orders", "c")).IsGranted.ShouldBeFalse();
            await wire.AgeAsync(locks, "c", TimeSpan.FromSeconds(3), isSeen: false);
            (await unseen.ReleaseAsync("orders", $"b{waiters.Count}")).ShouldBeTrue();
            (await wire.SendAsync("EXISTS", locks.LockName("orders"))).ShouldBe("0");
        }
        finally
        {
            foreach (var waiter in waiters)
            {
                await waiter.DisposeAsync();
            }
        }
    }
}
