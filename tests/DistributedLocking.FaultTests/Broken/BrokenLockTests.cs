using DistributedLocking.FaultTests.Histories;
using DistributedLocking.TestKit.Proxy;
using DistributedLocking.Testing;

namespace DistributedLocking.FaultTests.Broken;

/// <summary>
/// The checker catches locks that are broken on purpose, on a real server, and finds nothing wrong with the sound one
/// in the same situation.
/// </summary>
public sealed class BrokenLockTests : BrokenTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromMilliseconds(1500);

    private static readonly AcquireOptions Fixed = new() { TimeToLive = Lease, AutoRenew = false, WaitTimeout = TimeSpan.FromSeconds(30) };
    private static readonly AcquireOptions Long = new() { TimeToLive = TimeSpan.FromMinutes(5), WaitTimeout = TimeSpan.FromSeconds(30) };

    /// <summary>A release reaches the store when its lease has ended and the next holder is there.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_plain_delete_on_release(bool isBroken)
    {
        FaultyLockProvider? faults = null;
        var holder = NewLock(provider => faults = new FaultyLockProvider(isBroken ? new PlainDelete(provider, Store) : provider));
        using (var late = new HistoryWriter(Histories, "late"))
        using (var next = new HistoryWriter(Histories, "next"))
        using (var third = new HistoryWriter(Histories, "third"))
        {
            var first = await AcquireAsync(holder, late, Fixed);
            Task<bool> release;
            RecordedHold second;
            using (faults!.HoldRequests(ProviderOperations.Release))
            {
                release = first.ReleaseAsync();
                second = await AcquireAsync(Store.NewLock(), next, Long);
            }

            (await release).ShouldBe(isBroken);
            if (await RecordedHold.AcquireAsync(Store.NewLock(), third, 1, "key", Long with { WaitTimeout = TimeSpan.Zero }, Cancel) is { } both)
            {
                both.Look();
                second.Look();
                await both.DisposeAsync();
            }

            await second.DisposeAsync();
        }

        Check(isBroken, "was held by next");
    }

    /// <summary>The reply to the grant comes late: the lease in the store began long before.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lease_clock_that_starts_at_the_reply(bool isBroken)
    {
        var lease = TimeSpan.FromSeconds(4);
        var locks = NewLock(provider => isBroken ? new ClockFromReply(provider) : provider);
        using (var slow = new HistoryWriter(Histories, "slow"))
        using (var next = new HistoryWriter(Histories, "next"))
        {
            // The connections, so that nothing but the grant is held and nothing else takes time.
            var other = Store.NewLock(isDirect: true);
            await (await locks.AcquireAsync("other", Long, Cancel)).ReleaseAsync(Cancel);
            await (await other.AcquireAsync("other", Long, Cancel)).ReleaseAsync(Cancel);
            Task<RecordedHold> first;
            using (Store.Proxy.Hold(Direction.Replies))
            {
                first = AcquireAsync(locks, slow, Fixed with { TimeToLive = lease });
                await Store.Proxy.WaitUntilCaughtAsync(Direction.Replies, Cancel);
                await Task.Delay(lease * 0.9, TimeProvider.System, Cancel);
            }

            RecordedHold? holder = null;
            try
            {
                holder = await first;
            }
            catch (DistributedLockUnavailableException)
            {
                // On a slow machine the sound lock's lease has ended by now.
            }

            var second = await AcquireAsync(other, next, Long);
            holder?.Look();
            second.Look();
            await second.ReleaseAsync();
            if (holder is not null)
            {
                await holder.DisposeAsync();
            }
        }

        Check(isBroken, "was held by slow");
    }

    /// <summary>The server forgets everything; the next renewal must not bring the lock back.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_renewal_that_re_creates_the_lock(bool isBroken)
    {
        var lease = TimeSpan.FromSeconds(3);
        var locks = NewLock(provider => isBroken ? new RecreatingRenewal(provider, Store) : provider);
        using (var history = new HistoryWriter(Histories, "holder"))
        using (var store = new HistoryWriter(Histories, "store"))
        {
            var hold = await AcquireAsync(locks, history, Fixed with { AutoRenew = true, TimeToLive = lease });
            hold.Look().ShouldBeTrue();
            var before = HistoryWriter.Now;
            await using (var wire = await Store.ConnectAsync())
            {
                await wire.SendAsync("FLUSHALL");
            }

            store.Write(0, HistoryKind.Forgot, "flush", before);
            (await hold.LookForAsync(lease * 1.3, Cancel)).ShouldBe(isBroken);
            await hold.DisposeAsync();
        }

        Check(isBroken, "after the store had forgotten it", lease);
    }

    private static async Task<RecordedHold> AcquireAsync(IDistributedLock locks, HistoryWriter history, AcquireOptions options) =>
        (await RecordedHold.AcquireAsync(locks, history, 1, "key", options, Cancel)).ShouldNotBeNull();

    private void Check(bool isBroken, string expected, TimeSpan? longestTimeToLive = null)
    {
        var faults = HistoryChecker.Check(HistoryWriter.Read(Histories), longestTimeToLive ?? Lease);
        if (isBroken)
        {
            faults.ShouldNotBeEmpty();
            faults.ShouldAllBe(fault => fault.Contains(expected, StringComparison.Ordinal));
        }
        else
        {
            faults.ShouldBeEmpty();
        }
    }
}
