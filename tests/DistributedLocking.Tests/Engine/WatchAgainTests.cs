using DistributedLocking.Providers;
using DistributedLocking.Tests.Doubles;

namespace DistributedLocking.Tests.Engine;

/// <summary>A store that can't notify at first: the waiter polls, and watches later.</summary>
public sealed class WatchAgainTests : EngineTest
{
    private readonly List<long> _asked = [];
    private LeaseReference _other;

    [Fact]
    public async Task A_store_that_could_not_notify_is_asked_again_after_a_while()
    {
        var acquire = Begin(LockProviderCapabilities.Notification, RetryPolicy.Forever(Seconds(1)));

        await Eventually(() => Task.FromResult(_asked.Count == 2), Seconds(0.5));
        Time.GetElapsedTime(_asked[0], _asked[1]).ShouldBeGreaterThanOrEqualTo(Seconds(5));

        await ShouldWakeAsync(acquire);
    }

    [Fact]
    public async Task Where_a_watch_comes_with_a_place_in_the_queue_each_attempt_may_bring_it()
    {
        var acquire = Begin(LockProviderCapabilities.Notification | LockProviderCapabilities.Queue, RetryPolicy.Linear(Seconds(0.1), Seconds(3600), 3));

        await Eventually(() => Task.FromResult(_asked.Count == 2), Seconds(0.05));

        await ShouldWakeAsync(acquire);
    }

    private Task<IDistributedLockHandle> Begin(LockProviderCapabilities capabilities, RetryPolicy retry)
    {
        Provider.Capabilities |= capabilities;
        _other = Provider.HoldElsewhere(Key);
        Provider.OnWatch = (request, _) =>
        {
            _asked.Add(Time.GetTimestamp());
            return _asked.Count == 1 ? default : Provider.StoreWatchAsync(request);
        };
        var options = new AcquireOptions { TimeToLive = TimeSpan.FromHours(1), AutoRenew = false, WaitTimeout = TimeSpan.FromHours(10), Retry = retry };
        return Locks.AcquireAsync(Key, options, Cancel).AsTask();
    }

    /// <summary>The clock stands still meanwhile, so no poll finds the lock free.</summary>
    private async Task ShouldWakeAsync(Task<IDistributedLockHandle> acquire)
    {
        await Provider.StoreReleaseAsync(_other);
        await using var handle = await Eventually(acquire, TimeSpan.Zero);
        handle.IsHeld.ShouldBeTrue();
    }
}
