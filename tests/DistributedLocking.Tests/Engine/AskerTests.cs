using DistributedLocking.InMemory;
using DistributedLocking.Providers;
using DistributedLocking.Tests.Doubles;

namespace DistributedLocking.Tests.Engine;

/// <summary>What the callers of a process are told while one of them asks the store for all.</summary>
public sealed class AskerTests : EngineTest
{
    private static readonly AcquireOptions Patient = new()
    {
        TimeToLive = TimeSpan.FromHours(1),
        AutoRenew = false,
        WaitTimeout = Timeout.InfiniteTimeSpan,
    };

    private static readonly AcquireOptions Slow =
        Patient with { WaitTimeout = null, Retry = RetryPolicy.Fixed(TimeSpan.FromSeconds(20), 3) };

    [Fact]
    public async Task While_one_waits_in_the_stores_queue_a_single_attempt_is_answered_at_once()
    {
        await using var waiting = await WaitInStoreAsync();

        var attempt = Locks.TryAcquireAsync(Key, cancellationToken: Cancel);

        attempt.IsCompletedSuccessfully.ShouldBeTrue();
        (await attempt).ShouldBeNull();
        Provider.Acquires.Count.ShouldBe(2);
    }

    [Fact]
    public async Task While_one_waits_in_the_stores_queue_a_short_wait_ends_as_contention()
    {
        await using var waiting = await WaitInStoreAsync();

        var brief = Locks.AcquireAsync(Key, Patient with { WaitTimeout = Seconds(1) }, Cancel).AsTask();
        Time.Advance(Seconds(1));

        (await Should.ThrowAsync<DistributedLockTimeoutException>(brief)).Waited.ShouldBe(Seconds(1));
        Provider.Acquires.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_wait_in_the_stores_queue_follows_a_look_that_found_the_lock_held()
    {
        await using var waiting = await WaitInStoreAsync();

        Provider.Acquires.Select(request => request.StoreWait).ShouldBe([TimeSpan.Zero, Timeout.InfiniteTimeSpan]);
        Provider.Acquires.Select(request => request.OwnerId).Distinct(StringComparer.Ordinal).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task After_a_failure_in_the_stores_queue_the_waiter_looks_before_it_queues_again()
    {
        await using var waiting = await WaitInStoreAsync();

        waiting.Reply.SetException(new IOException("cut"));
        await Eventually(() => Task.FromResult(Provider.Acquires.Count == 4), Seconds(0.25));

        Provider.Acquires.Select(request => request.StoreWait)
            .ShouldBe([TimeSpan.Zero, Timeout.InfiniteTimeSpan, TimeSpan.Zero, Timeout.InfiniteTimeSpan]);
        Provider.Acquires.Select(request => request.OwnerId).Distinct(StringComparer.Ordinal).Count().ShouldBe(2);
    }

    [Fact]
    public async Task A_free_lock_of_a_store_with_a_queue_is_asked_for_once()
    {
        Provider.Capabilities |= LockProviderCapabilities.Queue;

        await using var handle = await Locks.AcquireAsync(Key, Patient, Cancel);

        Provider.Acquires.ShouldHaveSingleItem().StoreWait.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public async Task A_wait_that_ends_while_the_next_one_asks_gets_the_answer_to_that()
    {
        var reply = new TaskCompletionSource<AcquireReply>();
        Provider.OnAcquire = (_, _) => new(reply.Task);
        var asking = Locks.TryAcquireAsync(Key, Patient, Cancel).AsTask();
        var brief = Locks.TryAcquireAsync(Key, Patient with { WaitTimeout = Seconds(0.02) }, Cancel).AsTask();

        Time.Advance(Seconds(0.02));
        brief.IsCompleted.ShouldBeFalse();
        reply.SetResult(AcquireReply.NotGranted());

        (await brief).ShouldBeNull();
        asking.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_wait_that_ends_when_the_asker_has_left_asks_itself()
    {
        using var cancellation = new CancellationTokenSource();
        Provider.OnAcquire = (_, cancel) => new(new TaskCompletionSource<AcquireReply>().Task.WaitAsync(cancel));
        var asking = Locks.TryAcquireAsync(Key, Patient, cancellation.Token).AsTask();
        var brief = Locks.TryAcquireAsync(Key, Patient with { WaitTimeout = Seconds(0.02) }, Cancel).AsTask();
        Time.Advance(Seconds(0.02));
        Provider.OnAcquire = null;

        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(asking);
        await using var handle = await brief;
        handle.ShouldNotBeNull();
        Provider.Acquires.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_single_attempt_waits_its_time_once_however_many_askers_give_up_before_it()
    {
        Provider.OnAcquire = (_, cancel) => new(new TaskCompletionSource<AcquireReply>().Task.WaitAsync(cancel));
        var askers = Enumerable.Range(1, 40)
            .Select(i => Locks.TryAcquireAsync(Key, Patient with { WaitTimeout = Seconds(i), TimeToLive = Seconds(10) }, Cancel).AsTask())
            .ToArray();

        var attempt = Locks.TryAcquireAsync(Key, Patient with { WaitTimeout = null, TimeToLive = Seconds(10) }, Cancel).AsTask();
        await Eventually(() => Task.FromResult(attempt.IsCompleted), Seconds(0.5));

        await Should.ThrowAsync<DistributedLockUnavailableException>(attempt);
        Time.GetElapsedTime(0).ShouldBeInRange(Seconds(10), Seconds(12));
        await Eventually(() => Task.FromResult(askers.All(asker => asker.IsCompleted)), Seconds(1));
        askers.ShouldAllBe(asker => asker.IsFaulted);
    }

    [Fact]
    public async Task What_was_seen_before_the_watch_began_is_not_believed_for_long()
    {
        var watch = new TaskCompletionSource<IKeyWatch?>();
        Provider.Capabilities |= LockProviderCapabilities.Notification;
        Provider.OnWatch = (_, cancel) => new(watch.Task.WaitAsync(cancel));
        var other = Provider.HoldElsewhere(Key);
        var waiting = Locks.AcquireAsync(Key, Patient, Cancel).AsTask();
        (await Locks.TryAcquireAsync(Key, cancellationToken: Cancel)).ShouldBeNull();
        await Provider.StoreReleaseAsync(other);
        Time.Advance(Seconds(2));

        var attempt = Locks.TryAcquireAsync(Key, cancellationToken: Cancel).AsTask();
        attempt.IsCompleted.ShouldBeFalse();
        watch.SetResult(null);

        (await Eventually(waiting, Seconds(0.1))).IsHeld.ShouldBeTrue();
        (await Soon(attempt)).ShouldBeNull();
    }

    [Fact]
    public async Task A_failure_that_is_over_is_told_to_nobody()
    {
        Provider.HoldElsewhere(Key);
        FailOnce();
        var slow = Locks.AcquireAsync(Key, Slow, Cancel).AsTask();
        Time.Advance(Seconds(3));

        (await Locks.TryAcquireAsync(Key, cancellationToken: Cancel)).ShouldBeNull();
        Provider.Acquires.Count.ShouldBe(2);
        slow.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_failure_that_is_over_is_not_told_at_the_end_of_a_wait()
    {
        Provider.HoldElsewhere(Key);
        FailOnce();
        var slow = Locks.AcquireAsync(Key, Slow, Cancel).AsTask();
        var brief = Locks.TryAcquireAsync(Key, Patient with { WaitTimeout = Seconds(0.1) }, Cancel).AsTask();

        Time.Advance(Seconds(0.1));

        (await brief).ShouldBeNull();
        slow.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Failures_told_to_several_callers_are_each_ones_own()
    {
        Provider.OnAcquire = (_, _) => throw new IOException("cut");
        _ = Locks.AcquireAsync(Key, Slow, Cancel).AsTask();

        var failures = new List<DistributedLockUnavailableException>();
        for (var asked = 2; asked <= 3; asked++)
        {
            var attempt = Locks.TryAcquireAsync(Key, cancellationToken: Cancel).AsTask();
            failures.Add(await Should.ThrowAsync<DistributedLockUnavailableException>(attempt));
            Provider.Acquires.Count.ShouldBe(asked);
        }

        failures[0].ShouldNotBeSameAs(failures[1]);
        failures.ShouldAllBe(failure => failure.InnerException is IOException);
    }

    [Fact]
    public async Task A_slow_policy_in_front_does_not_hide_that_the_lock_is_free()
    {
        var other = Provider.HoldElsewhere(Key);
        var slow = Locks.AcquireAsync(Key, Slow, Cancel).AsTask();
        Time.Advance(Seconds(1));
        var next = Locks.AcquireAsync(Key, Patient with { WaitTimeout = null }, Cancel).AsTask();
        await Provider.StoreReleaseAsync(other);

        Time.Advance(Seconds(0.25));

        var first = await Soon(slow);
        next.IsCompleted.ShouldBeFalse();
        await first.ReleaseAsync(Cancel);
        (await next).IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task The_fastest_of_those_who_wait_sets_the_pace_while_it_waits()
    {
        Provider.HoldElsewhere(Key);
        var slow = Locks.AcquireAsync(Key, Slow, Cancel).AsTask();
        var growing = Locks.TryAcquireAsync(
            Key, Patient with { Retry = RetryPolicy.Linear(Seconds(4), Seconds(4), 9) }, Cancel).AsTask();
        var fast = Locks.TryAcquireAsync(
            Key, Patient with { WaitTimeout = Seconds(2), Retry = RetryPolicy.Fixed(Seconds(0.5), 9) }, Cancel).AsTask();

        Time.Advance(Seconds(2));
        (await fast).ShouldBeNull();
        Provider.Acquires.Count.ShouldBeInRange(4, 5);

        // The others go on at their own, of which the growing one's is the faster for a while.
        var before = Provider.Acquires.Count;
        Time.Advance(Seconds(16));
        Provider.Acquires.Count.ShouldBeInRange(before + 1, before + 2);
        slow.IsCompleted.ShouldBeFalse();
        growing.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_single_attempt_does_not_believe_what_a_slow_waiter_saw_long_ago()
    {
        var other = Provider.HoldElsewhere(Key);
        var slow = Locks.AcquireAsync(Key, Slow, Cancel).AsTask();
        Time.Advance(Seconds(0.5));
        (await Locks.TryAcquireAsync(Key, cancellationToken: Cancel)).ShouldBeNull();
        Provider.Acquires.ShouldHaveSingleItem();
        await Provider.StoreReleaseAsync(other);
        Time.Advance(Seconds(1));

        (await Locks.TryAcquireAsync(Key, cancellationToken: Cancel)).ShouldBeNull();

        // It is held indeed, by whoever came first.
        (await Soon(slow)).IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task A_policy_that_throws_is_its_own_callers_trouble()
    {
        var other = Provider.HoldElsewhere(Key);
        var first = Locks.AcquireAsync(Key, Patient, Cancel).AsTask();
        var broken = Locks.AcquireAsync(Key, Patient with { Retry = new ThrowingPolicy(0) }, Cancel).AsTask();
        await Should.ThrowAsync<InvalidTimeZoneException>(Soon(broken));
        var later = Locks.AcquireAsync(Key, Patient with { Retry = new ThrowingPolicy(1) }, Cancel).AsTask();
        Time.Advance(Seconds(1));
        await Provider.StoreReleaseAsync(other);

        var handle = await Eventually(first, Seconds(0.25));
        await handle.ReleaseAsync(Cancel);

        await (await Soon(later)).ReleaseAsync(Cancel);
        Locks.KeysInUse.ShouldBe(0);
    }

    [Fact]
    public async Task A_grant_costs_the_same_however_many_wait()
    {
        const int Waiters = 64_000;
        var options = new DistributedLockOptions();
        await using var locks = new DistributedLock(new InMemoryLockProvider(new InMemoryLockStore(), options), options);
        var holder = await locks.AcquireAsync(Key, Patient, Cancel);
        var waiters = Enumerable.Range(0, Waiters).Select(_ => TakeTurnAsync()).ToArray();

        await holder.ReleaseAsync(Cancel);

        // A second or so. Where each grant looks at all that wait it takes a minute, on a machine that does nothing
        // else.
        await Task.WhenAll(waiters).WaitAsync(Seconds(30), TimeProvider.System, Cancel);
        locks.KeysInUse.ShouldBe(0);

        async Task TakeTurnAsync() => await (await locks.AcquireAsync(Key, Patient, Cancel)).ReleaseAsync(Cancel);
    }

    /// <summary>What happens without the clock.</summary>
    private static Task<T> Soon<T>(Task<T> task) => task.WaitAsync(Seconds(10), TimeProvider.System, Cancel);

    private void FailOnce() => Provider.OnAcquire = (_, _) =>
    {
        Provider.OnAcquire = null;
        throw new IOException("cut");
    };

    /// <summary>A caller that waits in the queue of a store that tells nothing meanwhile.</summary>
    private async Task<StoreWaiter> WaitInStoreAsync()
    {
        var waiter = new StoreWaiter();
        Provider.Capabilities |= LockProviderCapabilities.Queue;
        Provider.OnAcquire = (request, cancel) =>
            request.StoreWait == TimeSpan.Zero ? new(AcquireReply.NotGranted()) : new(waiter.Reply.Task.WaitAsync(cancel));
        waiter.Acquire = Locks.AcquireAsync(Key, Patient, waiter.Cancellation.Token).AsTask();
        await Eventually(() => Provider.Acquires.Any(request => request.StoreWait != TimeSpan.Zero));
        return waiter;
    }

    private sealed class StoreWaiter : IAsyncDisposable
    {
        internal TaskCompletionSource<AcquireReply> Reply { get; } = new();

        internal CancellationTokenSource Cancellation { get; } = new();

        internal Task Acquire { get; set; } = Task.CompletedTask;

        public async ValueTask DisposeAsync()
        {
            await Cancellation.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(Acquire);
            Cancellation.Dispose();
        }
    }

    private sealed class ThrowingPolicy(int after) : RetryPolicy
    {
        private int _calls;

        public override TimeSpan? GetDelay(int retry) =>
            _calls++ < after ? Seconds(0.1) : throw new InvalidTimeZoneException("a policy's fault");
    }
}
