using DistributedLocking.Providers;
using DistributedLocking.Tests.Doubles;

namespace DistributedLocking.Tests.Engine;

/// <summary>Guarantee 7: waiting.</summary>
public sealed class WaitingTests : EngineTest
{
    private static readonly AcquireOptions Fixed = new() { TimeToLive = TimeSpan.FromHours(1), AutoRenew = false };

    [Fact]
    public async Task Callers_of_one_process_are_served_in_the_order_they_came()
    {
        var holder = await Locks.AcquireAsync(Key, Fixed, Cancel);
        var waiting = Enumerable.Range(0, 5).Select(_ => Locks.AcquireAsync(Key, Fixed, Cancel).AsTask()).ToList();
        foreach (var turn in waiting)
        {
            waiting.Count(task => task.IsCompleted).ShouldBe(waiting.IndexOf(turn));
            await holder.ReleaseAsync(Cancel);
            holder = await turn;
        }

        await holder.ReleaseAsync(Cancel);
        Locks.KeysInUse.ShouldBe(0);
    }

    [Fact]
    public async Task Only_one_caller_of_a_process_bothers_the_store()
    {
        Provider.HoldElsewhere(Key);
        var waiting = Enumerable.Range(0, 10).Select(_ => Locks.TryAcquireAsync(Key, Fixed with { WaitTimeout = Seconds(60) }, Cancel).AsTask()).ToList();

        Provider.Acquires.ShouldHaveSingleItem();
        for (var i = 0; i < 4; i++)
        {
            var before = Provider.Acquires.Count;
            Time.Advance(Seconds(0.25));
            await Eventually(() => Provider.Acquires.Count == before + 1);
        }

        Provider.Acquires.Select(request => request.OwnerId).Distinct(StringComparer.Ordinal).ShouldHaveSingleItem();
        Time.Advance(Seconds(59));
        (await Task.WhenAll(waiting).WaitAsync(Seconds(60), TimeProvider.System, Cancel)).ShouldAllBe(handle => handle == null);
    }

    [Fact]
    public async Task Each_caller_has_its_own_budget_and_cancellation()
    {
        using var cancellation = new CancellationTokenSource();
        var holder = await Locks.AcquireAsync(Key, Fixed, Cancel);
        var brief = Locks.TryAcquireAsync(Key, Fixed with { WaitTimeout = Seconds(1) }, Cancel).AsTask();
        var cancelled = Locks.AcquireAsync(Key, Fixed with { WaitTimeout = Timeout.InfiniteTimeSpan }, cancellation.Token).AsTask();
        var patient = Locks.AcquireAsync(Key, Fixed with { WaitTimeout = Timeout.InfiniteTimeSpan }, Cancel).AsTask();

        Time.Advance(Seconds(1));
        (await brief).ShouldBeNull();
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(cancelled);
        Time.Advance(Seconds(1000));
        patient.IsCompleted.ShouldBeFalse();

        await holder.ReleaseAsync(Cancel);
        await (await patient).ReleaseAsync(Cancel);
        Locks.KeysInUse.ShouldBe(0);
    }

    [Fact]
    public async Task The_default_budget_is_the_sum_of_the_policys_delays()
    {
        Provider.HoldElsewhere(Key);

        var acquire = Locks.AcquireAsync(Key, Fixed with { Retry = RetryPolicy.Fixed(Seconds(1), 3) }, Cancel).AsTask();

        var timeout = await Should.ThrowAsync<DistributedLockTimeoutException>(Eventually(acquire, Seconds(0.1)));
        timeout.Key.ShouldBe(Key);
        timeout.Waited.ShouldBeInRange(Seconds(3), Seconds(3.2));
        timeout.Message.ShouldNotContain(Key);
        Provider.Acquires.Count.ShouldBe(4);
    }

    [Fact]
    public async Task Without_a_wait_there_is_one_attempt()
    {
        Provider.HoldElsewhere(Key);

        (await Locks.TryAcquireAsync(Key, Fixed, Cancel)).ShouldBeNull();
        Logs.CountOf(3).ShouldBe(1);
        await Should.ThrowAsync<DistributedLockTimeoutException>(async () => await Locks.AcquireAsync(Key, Fixed with { Retry = RetryPolicy.None }, Cancel));

        Provider.Acquires.Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_attempt_that_meets_a_holder_here_does_not_bother_the_store()
    {
        await using var holder = await Locks.AcquireAsync(Key, Fixed, Cancel);

        (await Locks.TryAcquireAsync(Key, Fixed, Cancel)).ShouldBeNull();

        Provider.Acquires.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_attempt_that_meets_another_in_flight_shares_its_answer()
    {
        var reply = new TaskCompletionSource<AcquireReply>();
        Provider.OnAcquire = (_, _) => new(reply.Task);
        var first = Locks.TryAcquireAsync(Key, Fixed, Cancel).AsTask();
        var second = Locks.TryAcquireAsync(Key, Fixed, Cancel).AsTask();
        second.IsCompleted.ShouldBeFalse();

        reply.SetResult(AcquireReply.Granted(1));

        await using var handle = await first;
        handle.ShouldNotBeNull();
        (await second).ShouldBeNull();
        Provider.Acquires.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_failure_that_is_shared_is_unavailable_for_both()
    {
        var reply = new TaskCompletionSource<AcquireReply>();
        Provider.OnAcquire = (_, _) => new(reply.Task);
        var first = Locks.TryAcquireAsync(Key, Fixed, Cancel).AsTask();
        var second = Locks.TryAcquireAsync(Key, Fixed, Cancel).AsTask();

        reply.SetException(new IOException("cut"));

        var failure = await Should.ThrowAsync<DistributedLockUnavailableException>(first);
        var shared = await Should.ThrowAsync<DistributedLockUnavailableException>(second);
        shared.ShouldNotBeSameAs(failure);
        shared.Message.ShouldBe(failure.Message);
        shared.InnerException.ShouldBeOfType<IOException>();
        Provider.Acquires.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_wait_in_the_queue_during_which_nobody_was_seen_to_hold_is_unavailable()
    {
        Provider.OnAcquire = (_, _) => new(new TaskCompletionSource<AcquireReply>().Task);
        _ = Locks.TryAcquireAsync(Key, Fixed, Cancel).AsTask();

        var second = Locks.TryAcquireAsync(Key, Fixed with { WaitTimeout = Seconds(1) }, Cancel).AsTask();

        await Should.ThrowAsync<DistributedLockUnavailableException>(Eventually(second, Seconds(0.1)));
    }

    [Fact]
    public async Task The_turn_passes_on_when_a_holders_lease_ends()
    {
        await Locks.AcquireAsync(Key, new AcquireOptions { TimeToLive = Seconds(10), AutoRenew = false }, Cancel);
        var next = Locks.AcquireAsync(Key, Fixed with { WaitTimeout = Seconds(60) }, Cancel).AsTask();

        await using var handle = await Eventually(next, Seconds(0.5));

        handle.IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task A_release_elsewhere_wakes_the_waiter_and_no_wake_up_is_lost_before_the_watch()
    {
        Provider.Capabilities |= LockProviderCapabilities.Notification;
        var other = Provider.HoldElsewhere(Key);
        Provider.OnWatch = async (request, cancel) =>
        {
            await Provider.StoreReleaseAsync(other);
            return Provider.Store.Watch(request.Key, request.OwnerId);
        };

        await using var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);

        handle.IsHeld.ShouldBeTrue();
        Provider.Acquires.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_wake_up_leads_to_an_attempt_at_once()
    {
        Provider.Capabilities |= LockProviderCapabilities.Notification;
        var other = Provider.HoldElsewhere(Key);
        var acquire = Locks.AcquireAsync(Key, Fixed, Cancel).AsTask();
        await Eventually(() => Provider.Acquires.Count == 2);

        await Provider.StoreReleaseAsync(other);

        await using var handle = await acquire.WaitAsync(Seconds(10), TimeProvider.System, Cancel);
        handle.IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task Under_notifications_the_store_is_polled_once_a_second()
    {
        Provider.Capabilities |= LockProviderCapabilities.Notification;
        Provider.HoldElsewhere(Key);
        var acquire = Locks.TryAcquireAsync(Key, Fixed with { WaitTimeout = Seconds(20) }, Cancel).AsTask();
        await Eventually(() => Provider.Acquires.Count == 2);

        (await Eventually(acquire, Seconds(0.1))).ShouldBeNull();

        Provider.Acquires.Count.ShouldBeInRange(15, 23);
        Provider.Watches.ShouldBe(1);
    }

    [Fact]
    public async Task A_dead_holders_key_is_tried_when_its_lease_ends()
    {
        Provider.Capabilities |= LockProviderCapabilities.Notification;
        Provider.HoldElsewhere(Key, Seconds(0.3));
        var start = Time.GetTimestamp();
        var acquire = Locks.AcquireAsync(Key, Fixed, Cancel).AsTask();
        await Eventually(() => Provider.Acquires.Count == 2);

        await using var handle = await Eventually(acquire, Seconds(0.02));

        Time.GetElapsedTime(start).ShouldBeLessThan(Seconds(0.6));
    }

    [Fact]
    public async Task When_watching_fails_the_waiter_polls()
    {
        Provider.Capabilities |= LockProviderCapabilities.Notification;
        var other = Provider.HoldElsewhere(Key);
        Provider.OnWatch = (_, _) => throw new IOException("no subscription");
        var acquire = Locks.AcquireAsync(Key, Fixed with { WaitTimeout = Seconds(60) }, Cancel).AsTask();
        await Eventually(() => Task.FromResult(Provider.Acquires.Count >= 4), Seconds(0.1));

        await Provider.StoreReleaseAsync(other);

        await using var handle = await Eventually(acquire, Seconds(0.1));
        Logs.CountOf(15).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task The_lock_is_not_reentrant()
    {
        await using var outer = await Locks.AcquireAsync(Key, Fixed, Cancel);

        var inner = Locks.AcquireAsync(Key, Fixed with { WaitTimeout = Seconds(1) }, Cancel).AsTask();
        Time.Advance(Seconds(1));

        await Should.ThrowAsync<DistributedLockTimeoutException>(inner);
    }

    [Fact]
    public async Task Nothing_remains_of_many_distinct_keys()
    {
        for (var i = 0; i < 100_000; i++)
        {
            var handle = await Locks.AcquireAsync($"key:{i}", Fixed, Cancel);
            await handle.ReleaseAsync(Cancel);
            if (i % 1_000 == 0)
            {
                Provider.Acquires.Clear();
                Provider.Releases.Clear();
            }
        }

        Locks.KeysInUse.ShouldBe(0);
        Provider.Store.Count.ShouldBe(0);
    }
}
