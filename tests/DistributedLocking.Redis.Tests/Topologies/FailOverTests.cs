using DistributedLocking.Providers;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Redis.Tests.Topologies;

/// <summary>A primary that is killed and a replica that takes its place: what Sentinel does.</summary>
public sealed class FailOverTests
{
    [Fact]
    public async Task A_replica_that_missed_the_lock_grants_it_again_with_a_larger_token()
    {
        await using var primary = await RedisReplication.StartPrimaryAsync();
        await using var replica = await RedisReplication.StartReplicaAsync(primary);
        await using var locks = ProviderUnderTest.On(primary);
        await using var wire = await replica.ConnectAsync();

        // The replica stands still, so the lock does not reach it in time; then it is promoted without it.
        replica.Freeze();
        var first = await locks.AcquireAsync("orders", "a");
        first.IsGranted.ShouldBeTrue();
        await primary.KillAsync();
        replica.Thaw();
        await wire.SendAsync("REPLICAOF", "NO", "ONE");
        await wire.SendAsync("DEL", locks.LockName("orders"));
        await using var others = locks.Sibling(replica);

        // Twice granted, as the page says; the token tells the later holder from the earlier, who learns of its loss.
        (await others.AcquireAsync("orders", "b")).FencingToken.ShouldBeGreaterThan(first.FencingToken);
        (await others.RenewAsync("orders", "a")).Outcome.ShouldBe(RenewalOutcome.Lost);
        (await others.ReleaseAsync("orders", "a")).ShouldBeFalse();
    }

    [Fact]
    public async Task With_MinReplicas_the_lock_survives_the_fail_over()
    {
        await using var primary = await RedisReplication.StartPrimaryAsync();
        await using var replica = await RedisReplication.StartReplicaAsync(primary);
        await using var wire = await replica.ConnectAsync();
        await using var locks = ProviderUnderTest.On(primary, options =>
        {
            options.MinReplicas = 1;
            options.ReplicaTimeout = Eventually.Bound;
        });
        (await locks.AcquireAsync("orders", "a").Within()).IsGranted.ShouldBeTrue();

        await primary.KillAsync();
        await wire.SendAsync("REPLICAOF", "NO", "ONE");

        await using var others = locks.Sibling(replica);
        (await others.AcquireAsync("orders", "b").Within()).IsGranted.ShouldBeFalse();
    }
}
