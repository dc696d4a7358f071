using DistributedLocking.Providers;
using DistributedLocking.Tests.Doubles;

namespace DistributedLocking.Tests.Engine;

/// <summary>Guarantees 5 and 8: unknown outcomes are cleaned up, and failure never looks like contention.</summary>
public sealed class UnknownOutcomeTests : EngineTest
{
    private static readonly AcquireOptions Fixed = new() { TimeToLive = Seconds(30), AutoRenew = false };

    [Fact]
    public async Task A_failed_attempts_owner_is_released_until_its_lease_would_have_ended()
    {
        Provider.OnAcquire = (_, _) => throw new IOException("cut");

        await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await Locks.TryAcquireAsync(Key, Fixed, Cancel));

        Time.Advance(Seconds(29));
        var whileItMayArrive = Provider.Releases.Count;
        whileItMayArrive.ShouldBeInRange(5, 15);
        Time.Advance(Seconds(60));
        Provider.Releases.Count.ShouldBe(whileItMayArrive + 1);
        Provider.Releases.ShouldAllBe(owner => owner.OwnerId == Provider.Acquires.Single().OwnerId);
    }

    [Fact]
    public async Task A_grant_that_arrives_after_its_reply_was_given_up_leaves_no_orphan()
    {
        Provider.OnAcquire = (_, _) => throw new TimeoutException("no reply");
        await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await Locks.TryAcquireAsync(Key, Fixed, Cancel));
        Time.Advance(Seconds(3));

        (await Provider.StoreAcquireAsync(Provider.Acquires.Single())).IsGranted.ShouldBeTrue();
        Time.Advance(Seconds(10));

        Provider.Store.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_cancelled_caller_never_ends_up_a_holder()
    {
        var reply = new TaskCompletionSource();
        Provider.OnAcquire = async (request, cancel) =>
        {
            var granted = await Provider.StoreAcquireAsync(request);
            await reply.Task.WaitAsync(cancel);
            return granted;
        };
        using var cancellation = new CancellationTokenSource();
        var acquire = Locks.AcquireAsync(Key, Fixed, cancellation.Token).AsTask();
        Provider.Store.Count.ShouldBe(1);

        await cancellation.CancelAsync();

        (await Should.ThrowAsync<OperationCanceledException>(acquire)).CancellationToken.ShouldBe(cancellation.Token);
        Provider.Store.Count.ShouldBe(0);
        Locks.KeysInUse.ShouldBe(0);
    }

    [Fact]
    public async Task A_grant_that_comes_with_the_cancellation_is_undone()
    {
        using var cancellation = new CancellationTokenSource();
        Provider.OnAcquire = async (request, _) =>
        {
            await cancellation.CancelAsync();
            return await Provider.StoreAcquireAsync(request);
        };

        await Should.ThrowAsync<OperationCanceledException>(async () => await Locks.AcquireAsync(Key, Fixed, cancellation.Token));

        Provider.Store.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_transient_failure_is_retried_within_the_wait_as_another_owner()
    {
        var failures = 3;
        Provider.OnAcquire = (request, _) => failures-- > 0 ? throw new IOException("cut") : Provider.StoreAcquireAsync(request);

        await using var handle = await Eventually(Locks.AcquireAsync(Key, Fixed, Cancel).AsTask(), Seconds(0.05));

        handle.IsHeld.ShouldBeTrue();
        Provider.Acquires.Select(request => request.OwnerId).Distinct(StringComparer.Ordinal).Count().ShouldBe(4);
    }

    [Fact]
    public async Task Any_other_failure_ends_the_wait_at_once()
    {
        var refusal = new DistributedLockUnavailableException("wrong password") { IsTransient = false };
        Provider.OnAcquire = (_, _) => throw refusal;

        (await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await Locks.AcquireAsync(Key, Fixed, Cancel))).ShouldBeSameAs(refusal);

        Provider.Acquires.ShouldHaveSingleItem();
        Logs.CountOf(31).ShouldBe(1);
    }

    [Fact]
    public async Task A_wait_that_ends_on_a_failure_is_unavailable_even_if_the_lock_was_seen_held()
    {
        Provider.HoldElsewhere(Key);
        Provider.OnAcquire = (request, _) =>
            Provider.Acquires.Count > 2 ? throw new IOException("cut") : Provider.StoreAcquireAsync(request);

        var acquire = Locks.AcquireAsync(Key, Fixed with { WaitTimeout = Seconds(2) }, Cancel).AsTask();

        await Should.ThrowAsync<DistributedLockUnavailableException>(Eventually(acquire, Seconds(0.05)));
    }

    [Fact]
    public async Task A_hung_store_does_not_draw_out_a_wait_that_the_caller_named()
    {
        Provider.OnAcquire = (_, cancel) => new(new TaskCompletionSource<AcquireReply>().Task.WaitAsync(cancel));
        var start = Time.GetTimestamp();

        var acquire = Locks.AcquireAsync(Key, Fixed with { WaitTimeout = Seconds(3) }, Cancel).AsTask();

        await Should.ThrowAsync<DistributedLockUnavailableException>(Eventually(acquire, Seconds(0.05)));
        Time.GetElapsedTime(start).ShouldBeLessThan(Seconds(4.5));
    }

    [Fact]
    public async Task A_place_in_a_stores_queue_is_given_up_when_the_wait_ends()
    {
        Provider.Capabilities |= LockProviderCapabilities.Queue;
        Provider.HoldElsewhere(Key);

        (await Eventually(Locks.TryAcquireAsync(Key, Fixed with { WaitTimeout = Seconds(2) }, Cancel).AsTask(), Seconds(0.1))).ShouldBeNull();

        Provider.Leaves.ShouldHaveSingleItem().OwnerId.ShouldBe(Provider.Acquires.Select(request => request.OwnerId).Distinct(StringComparer.Ordinal).Single());
    }
}
