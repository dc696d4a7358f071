using System.Globalization;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Redis.Tests.Topologies;

/// <summary>
/// A slot of a Cluster whose move has begun and does not go on. A command on several keys, some of which are not there,
/// is then refused with TRYAGAIN.
/// </summary>
public sealed class MovingSlotTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_acquire_is_tried_again_within_its_wait_and_a_held_lock_is_renewed()
    {
        await using var cluster = await RedisCluster.StartAsync();
        await using var locks = ProviderUnderTest.On(cluster.Primaries[0]);
        await using var engine = new DistributedLock(
            new RedisLockProvider(new RedisLockOptions { Configuration = cluster.Addresses, KeyPrefix = locks.KeyPrefix }), new RedisLockOptions());
        await locks.AcquireAsync("orders", "a");
        var source = await cluster.OwnerAsync(locks.LockName("orders"));
        var target = cluster.Primaries.First(node => node != source);
        var slot = (await cluster.SlotAsync(locks.LockName("orders"))).ToString(CultureInfo.InvariantCulture);
        await MoveAsync(target, slot, "IMPORTING", await RedisCluster.SendAsync(source, "CLUSTER", "MYID"));
        await MoveAsync(source, slot, "MIGRATING", await RedisCluster.SendAsync(target, "CLUSTER", "MYID"));

        (await locks.RenewAsync("orders", "a")).Outcome.ShouldBe(RenewalOutcome.Renewed);
        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await engine.TryAcquireAsync("orders", Cancellation));
        error.Message.ShouldContain("TRYAGAIN");
        error.IsTransient.ShouldBeTrue();

        var waiting = engine.AcquireAsync("orders", Eventually.Bound, Cancellation).AsTask();
        await MoveAsync(source, slot, "STABLE");
        await MoveAsync(target, slot, "STABLE");
        (await locks.ReleaseAsync("orders", "a")).ShouldBeTrue();

        await using var handle = await waiting;
        handle.IsHeld.ShouldBeTrue();
    }

    private static Task<string> MoveAsync(RedisServer node, string slot, params string[] state) =>
        RedisCluster.SendAsync(node, ["CLUSTER", "SETSLOT", slot, .. state]);
}
