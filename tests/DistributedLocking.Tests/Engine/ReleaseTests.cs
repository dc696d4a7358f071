using DistributedLocking.Providers;
using DistributedLocking.Tests.Doubles;

namespace DistributedLocking.Tests.Engine;

/// <summary>Guarantees 4 and 9: release by the handle, and by key.</summary>
public sealed class ReleaseTests : EngineTest
{
    private static readonly AcquireOptions Fixed = new() { TimeToLive = Seconds(30), AutoRenew = false };

    [Fact]
    public async Task A_release_frees_the_lock_once()
    {
        var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);

        (await handle.ReleaseAsync(Cancel)).ShouldBeTrue();
        (await handle.ReleaseAsync(Cancel)).ShouldBeFalse();
        await handle.DisposeAsync();
        handle.Dispose();

        Provider.Releases.ShouldHaveSingleItem();
        handle.IsHeld.ShouldBeFalse();
        handle.LostToken.IsCancellationRequested.ShouldBeFalse();
        Time.Advance(Seconds(100));
        handle.LostToken.IsCancellationRequested.ShouldBeFalse();
        Locks.KeysInUse.ShouldBe(0);
    }

    [Fact]
    public async Task A_release_says_when_the_lock_had_been_taken_away()
    {
        var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);
        await Provider.StoreReleaseAsync(new LeaseReference(Key, handle.OwnerId));
        Provider.HoldElsewhere(Key);

        (await handle.ReleaseAsync(Cancel)).ShouldBeFalse();

        Provider.Store.Count.ShouldBe(1);
        Logs.CountOf(17).ShouldBe(1);
    }

    [Fact]
    public async Task A_handle_is_not_held_from_the_moment_its_release_begins()
    {
        var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);
        var answer = new TaskCompletionSource<bool>();
        Provider.OnRelease = (_, _) => new(answer.Task);

        var release = handle.ReleaseAsync(Cancel);

        handle.IsHeld.ShouldBeFalse();
        answer.SetResult(true);
        (await release).ShouldBeTrue();
    }

    [Fact]
    public async Task A_release_that_fails_is_typed_and_goes_on_in_the_background()
    {
        var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);
        var failures = 3;
        Provider.OnRelease = (lease, _) => failures-- > 0 ? throw new IOException("cut") : Provider.StoreReleaseAsync(lease);

        var thrown = await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await handle.ReleaseAsync(Cancel));

        thrown.InnerException.ShouldBeOfType<IOException>();
        Provider.Store.Count.ShouldBe(1);
        Time.Advance(Seconds(1));
        Provider.Store.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_cancelled_caller_stops_waiting_but_the_release_goes_on()
    {
        var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);
        var gate = new TaskCompletionSource();
        Provider.OnRelease = async (lease, _) =>
        {
            await gate.Task;
            return await Provider.StoreReleaseAsync(lease);
        };
        using var cancellation = new CancellationTokenSource();
        var release = handle.ReleaseAsync(cancellation.Token).AsTask();

        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(release);
        gate.SetResult();

        await Eventually(() => Provider.Store.Count == 0);
    }

    [Fact]
    public async Task Dispose_neither_throws_nor_waits_long_when_the_store_is_away()
    {
        var throwing = await Locks.AcquireAsync("a", Fixed, Cancel);
        var hanging = await Locks.AcquireAsync("b", Fixed, Cancel);
        Provider.OnRelease = (lease, _) => lease.Key == "a" ? throw new IOException("cut") : new(new TaskCompletionSource<bool>().Task);

        await throwing.DisposeAsync();
        var disposal = hanging.DisposeAsync().AsTask();
        disposal.IsCompleted.ShouldBeFalse();
        Time.Advance(Seconds(1));
        await disposal;

        Logs.CountOf(16).ShouldBe(2);
    }

    [Fact]
    public async Task A_disposed_handle_frees_the_turn_for_the_next_caller_here()
    {
        var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);
        var next = Locks.AcquireAsync(Key, Fixed, Cancel).AsTask();

        handle.Dispose();

        await using var second = await next;
        second.IsHeld.ShouldBeTrue();
        Provider.Acquires.Count.ShouldBe(2);
    }

    [Fact]
    public async Task By_key_there_may_be_nothing_to_release()
    {
        (await Locks.ReleaseAsync(Key, Cancel)).ShouldBeFalse();

        Logs.CountOf(10).ShouldBe(1);
        Provider.Releases.ShouldBeEmpty();
    }

    [Fact]
    public async Task By_key_the_acquisition_is_released()
    {
        var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);

        (await Locks.ReleaseAsync(Key, Cancel)).ShouldBeTrue();

        handle.IsHeld.ShouldBeFalse();
        (await Locks.ReleaseAsync(Key, Cancel)).ShouldBeFalse();
        Locks.KeysInUse.ShouldBe(0);
    }

    [Fact]
    public async Task A_late_release_by_key_does_not_free_the_next_holders_lock()
    {
        await Locks.AcquireAsync(Key, Fixed, Cancel);
        Time.Advance(Seconds(30));
        var second = await Locks.AcquireAsync(Key, Fixed, Cancel);

        (await Locks.ReleaseAsync(Key, Cancel)).ShouldBeFalse();
        second.IsHeld.ShouldBeTrue();

        (await Locks.ReleaseAsync(Key, Cancel)).ShouldBeTrue();
        second.IsHeld.ShouldBeFalse();
    }

    [Fact]
    public async Task The_record_of_a_lost_lock_is_dropped_one_time_to_live_after_the_loss()
    {
        await Locks.AcquireAsync(Key, Fixed, Cancel);
        Time.Advance(Seconds(30));
        Locks.KeysInUse.ShouldBe(1);

        Time.Advance(Seconds(31));

        Locks.KeysInUse.ShouldBe(0);
        await using var second = await Locks.AcquireAsync(Key, Fixed, Cancel);
        (await Locks.ReleaseAsync(Key, Cancel)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_lost_handles_own_release_uses_up_its_record()
    {
        var first = await Locks.AcquireAsync(Key, Fixed, Cancel);
        Time.Advance(Seconds(30));
        await using var second = await Locks.AcquireAsync(Key, Fixed, Cancel);

        (await first.ReleaseAsync(Cancel)).ShouldBeFalse();

        (await Locks.ReleaseAsync(Key, Cancel)).ShouldBeTrue();
    }

    [Fact]
    public async Task Shutdown_releases_what_is_held_and_cancels_what_waits()
    {
        var handle = await Locks.AcquireAsync("a", Fixed, Cancel);
        await Locks.AcquireAsync("b", Fixed, Cancel);
        var waiting = Locks.AcquireAsync("b", Fixed, Cancel).AsTask();

        await Locks.DisposeAsync();

        handle.IsHeld.ShouldBeFalse();
        handle.LostToken.IsCancellationRequested.ShouldBeTrue();
        await Should.ThrowAsync<ObjectDisposedException>(waiting);
        await Should.ThrowAsync<ObjectDisposedException>(async () => await Locks.TryAcquireAsync("c", Fixed, Cancel));
        Provider.Store.Count.ShouldBe(0);
        Provider.IsDisposed.ShouldBeTrue();
    }

    [Fact]
    public async Task Shutdown_is_bounded_when_the_store_does_not_answer()
    {
        await Locks.AcquireAsync(Key, Fixed, Cancel);
        Provider.OnRelease = (_, cancel) => new(new TaskCompletionSource<bool>().Task.WaitAsync(cancel));

        var disposal = Locks.DisposeAsync().AsTask();
        disposal.IsCompleted.ShouldBeFalse();
        Time.Advance(Seconds(5));

        await disposal;
    }

    [Theory]
    [InlineData(LockProviderCapabilities.None, 1)]
    [InlineData(LockProviderCapabilities.Ordered, 2)]
    public async Task The_next_caller_waits_for_the_answer_to_a_release_unless_the_store_keeps_the_order(LockProviderCapabilities capability, int asked)
    {
        Provider.Capabilities |= capability;
        Options.HandOverTime = TimeSpan.Zero;
        var answer = new TaskCompletionSource();
        Provider.OnRelease = async (lease, _) =>
        {
            var released = await Provider.StoreReleaseAsync(lease);
            await answer.Task;
            return released;
        };
        var first = await Locks.AcquireAsync(Key, cancellationToken: Cancel);
        var next = Locks.AcquireAsync(Key, new AcquireOptions { WaitTimeout = Timeout.InfiniteTimeSpan }, Cancel).AsTask();

        var release = first.ReleaseAsync(Cancel).AsTask();

        if (asked > 1)
        {
            (await next).IsHeld.ShouldBeTrue();
        }

        Provider.Acquires.Count.ShouldBe(asked);
        release.IsCompleted.ShouldBeFalse();
        answer.SetResult();
        (await release).ShouldBeTrue();
        await (await next).ReleaseAsync(Cancel);
    }
}
