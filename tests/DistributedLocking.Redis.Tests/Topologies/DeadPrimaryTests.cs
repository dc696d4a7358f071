using DistributedLocking.Redis.Keys;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Redis.Tests.Topologies;

/// <summary>What a primary that dies costs: not the locks of others.</summary>
public sealed class DeadPrimaryTests
{
    /// <summary>
    /// Not much longer than the command time-out: what waited for a dead server that long would be lost.
    /// </summary>
    private static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(6);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task In_a_cluster_locks_on_the_primaries_that_live_are_kept()
    {
        await using var cluster = await RedisCluster.StartAsync(withReplicas: true);
        await using var locks = Locks(options => options.Configuration = cluster.Addresses);
        var handles = await AcquireAsync(locks, 60);
        var names = new LockNames("lock:");
        var kept = new List<IDistributedLockHandle>();
        foreach (var handle in handles)
        {
            if (await cluster.OwnerAsync(System.Text.Encoding.UTF8.GetString(names.Lock(handle.Key))) == cluster.Primaries[2])
            {
                kept.Add(handle);
            }
        }

        kept.Count.ShouldBeInRange(1, 59);
        cluster.Primaries[0].Freeze();
        await cluster.Primaries[1].KillAsync();
        await Task.Delay(TimeToLive * 1.5, TimeProvider.System, Token);

        kept.ShouldAllBe(handle => handle.IsHeld && !handle.LostToken.IsCancellationRequested);
        handles.Except(kept).ShouldAllBe(handle => !handle.IsHeld, "those of the others had ended");
        cluster.Primaries[0].Thaw();
    }

    private static DistributedLock Locks(Action<RedisLockOptions> configure)
    {
        var options = new RedisLockOptions { KeyPrefix = "lock:", TimeToLive = TimeToLive };
        configure(options);
        return new DistributedLock(new RedisLockProvider(options), options);
    }

    private static async Task<IReadOnlyList<IDistributedLockHandle>> AcquireAsync(DistributedLock locks, int count) =>
        await Task.WhenAll(Enumerable.Range(0, count).Select(i => locks.AcquireAsync($"orders-{i}", cancellationToken: Token).AsTask()));
}
