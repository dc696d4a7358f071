using DistributedLocking.Engine.CleanUp;
using DistributedLocking.Providers;
using DistributedLocking.Tests.Doubles;

namespace DistributedLocking.Tests.Engine;

/// <summary>Guarantee 5: what is cleaned up, how long, and how little that bothers a store that struggles.</summary>
public sealed class CleanUpTests : EngineTest
{
    private const int Many = 200;

    private static readonly AcquireOptions Fixed = new() { TimeToLive = Seconds(60), AutoRenew = false };

    [Fact]
    public async Task What_never_left_the_process_is_not_cleaned_up()
    {
        Provider.OnAcquire = (_, _) => throw new DistributedLockUnavailableException("connection refused") { IsUnsent = true };

        await FailAsync(Key);

        Time.Advance(Seconds(100));
        Provider.Releases.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_attempt_that_was_cancelled_before_it_left_is_not_cleaned_up_either()
    {
        using var cancellation = new CancellationTokenSource();
        Provider.OnAcquire = async (_, cancel) =>
        {
            await cancellation.CancelAsync();
            throw new OperationCanceledException("cancelled", new DistributedLockUnavailableException("not connected") { IsUnsent = true }, cancel);
        };

        await Should.ThrowAsync<OperationCanceledException>(async () => await Locks.TryAcquireAsync(Key, Fixed, cancellation.Token));

        Provider.Releases.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_clean_up_goes_on_whatever_the_failure_says()
    {
        Provider.OnAcquire = async (request, _) =>
        {
            await Provider.StoreAcquireAsync(request);
            throw new IOException("no reply");
        };
        Provider.OnRelease = (_, _) => throw new DistributedLockUnavailableException("the client refused the command") { IsTransient = false };
        await FailAsync(Key);
        Time.Advance(Seconds(20));
        Provider.Store.Count.ShouldBe(1);

        Provider.OnRelease = null;
        Time.Advance(CleanUpPace.Longest);

        Provider.Store.Count.ShouldBe(0);
    }

    [Fact]
    public async Task While_the_store_fails_each_clean_up_is_tried_once_and_then_one_alone()
    {
        Provider.OnAcquire = async (request, _) =>
        {
            await Provider.StoreAcquireAsync(request);
            throw new IOException("no reply");
        };
        Provider.OnRelease = (_, _) => throw new IOException("cut");
        await FailManyAsync();

        Time.Advance(Seconds(40));

        Provider.Releases.Count.ShouldBeInRange(Many + 5, Many + 25);
        Provider.OnRelease = null;
        Time.Advance(CleanUpPace.Longest);
        Provider.Store.Count.ShouldBe(0);
    }

    [Fact]
    public async Task When_the_store_is_back_a_few_are_cleaned_up_at_once()
    {
        Provider.OnAcquire = (_, _) => throw new IOException("cut");
        Provider.OnRelease = (_, _) => throw new IOException("cut");
        await FailManyAsync();
        int running = 0, most = 0;
        Provider.OnRelease = async (_, _) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            await Task.Yield();
            Interlocked.Decrement(ref running);
            return false;
        };

        var before = Provider.Releases.Count;
        await Eventually(() => Task.FromResult(Provider.Releases.Count >= before + Many), step: Seconds(0.05));

        most.ShouldBeLessThanOrEqualTo(CleanUpSchedule.MostAtOnce);
    }

    [Fact]
    public async Task What_had_ended_by_itself_when_the_store_is_back_is_not_asked_for()
    {
        Provider.OnAcquire = (_, _) => throw new IOException("cut");
        Provider.OnRelease = (_, _) => throw new IOException("cut");
        await FailManyAsync();
        Time.Advance(Seconds(100));
        var before = Provider.Releases.Count;

        Provider.OnRelease = null;
        Time.Advance(Seconds(100));

        Provider.Releases.Count.ShouldBe(before);
    }

    [Fact]
    public async Task A_key_whose_clean_up_always_fails_does_not_hold_up_the_others()
    {
        Provider.OnAcquire = async (request, _) =>
        {
            await Provider.StoreAcquireAsync(request);
            throw new IOException("no reply");
        };
        Provider.OnRelease = (lease, _) => lease.Key == "ill"
            ? throw new DistributedLockUnavailableException("the key holds something else") { IsTransient = false }
            : Provider.StoreReleaseAsync(lease);
        await FailAsync("ill");
        await FailManyAsync();

        Time.Advance(Seconds(2));

        Provider.Store.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_part_of_the_store_that_is_silent_does_not_hold_up_the_clean_ups_of_the_others()
    {
        Provider.OnAcquire = async (request, _) =>
        {
            await Provider.StoreAcquireAsync(request);
            throw new IOException("no reply");
        };
        Provider.OnRelease = (lease, _) => lease.Key.StartsWith("key:", StringComparison.Ordinal)
            ? SilentForAWhileAsync()
            : Provider.StoreReleaseAsync(lease);
        await FailManyAsync();
        await FailAsync("healthy");

        Time.Advance(Seconds(5));

        await Eventually(() => Provider.Releases.Any(lease => lease.Key == "healthy"));

        async ValueTask<bool> SilentForAWhileAsync()
        {
            await Task.Delay(Seconds(5), Time);
            throw new IOException("no reply");
        }
    }

    [Fact]
    public async Task A_place_in_the_stores_queue_is_given_up_when_the_store_is_back()
    {
        Provider.Capabilities |= LockProviderCapabilities.Queue;
        Provider.HoldElsewhere(Key);
        Provider.OnLeave = (_, _) => throw new IOException("cut");
        (await Eventually(Locks.TryAcquireAsync(Key, Fixed with { WaitTimeout = Seconds(1) }, Cancel).AsTask(), Seconds(0.1))).ShouldBeNull();
        Time.Advance(Seconds(20));

        Provider.OnLeave = null;
        var before = Provider.Leaves.Count;
        Time.Advance(Seconds(100));

        Provider.Leaves.Count.ShouldBe(before + 1);
    }

    [Fact]
    public async Task A_clean_up_does_not_spin_through_its_last_millisecond()
    {
        Provider.OnAcquire = (_, _) => throw new IOException("cut");
        Provider.OnRelease = (_, _) => ValueTask.FromResult(Provider.Releases.Count > 1000);
        await using var locks = new DistributedLock(Provider, Options, Logs, new CoarseTimers(Time));
        var brief = Fixed with { TimeToLive = TimeSpan.FromMilliseconds(10.9) };
        await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.TryAcquireAsync(Key, brief, Cancel));

        Time.Advance(Seconds(1));

        Provider.Releases.Count.ShouldBe(2);
    }

    private async Task FailAsync(string key) =>
        await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await Locks.TryAcquireAsync(key, Fixed, Cancel));

    private async Task FailManyAsync()
    {
        for (var i = 0; i < Many; i++)
        {
            await FailAsync($"key:{i}");
        }
    }

    /// <summary>A clock with the system's timers: they count whole milliseconds, and what is less is nothing.</summary>
    private sealed class CoarseTimers(TimeProvider inner) : TimeProvider
    {
        public override long TimestampFrequency => inner.TimestampFrequency;

        public override long GetTimestamp() => inner.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new Timer(inner.CreateTimer(callback, state, Cut(dueTime), period));

        private static TimeSpan Cut(TimeSpan time) => TimeSpan.FromMilliseconds(Math.Truncate(time.TotalMilliseconds));

        private sealed class Timer(ITimer inner) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(Cut(dueTime), period);

            public void Dispose() => inner.Dispose();

            public ValueTask DisposeAsync() => inner.DisposeAsync();
        }
    }
}
