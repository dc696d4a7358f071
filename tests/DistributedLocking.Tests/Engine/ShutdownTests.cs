using DistributedLocking.Providers;
using DistributedLocking.Tests.Doubles;

namespace DistributedLocking.Tests.Engine;

/// <summary>Guarantee 11: a disposal is bounded in time, and closes the store whatever happens.</summary>
public sealed class ShutdownTests : EngineTest
{
    private static readonly AcquireOptions Fixed = new() { TimeToLive = Seconds(30), AutoRenew = false };

    [Fact]
    public async Task It_takes_five_seconds_however_much_hangs()
    {
        await Locks.AcquireAsync("held", Fixed, Cancel);
        Provider.OnAcquire = (_, _) => new(Never<AcquireReply>());
        Provider.OnRelease = (_, _) => new(Never<bool>());
        Provider.OnDispose = () => new(Never<bool>());
        _ = Locks.AcquireAsync("under way", Fixed, Cancel).AsTask();

        await DisposeWithinAsync(Seconds(5));

        Provider.IsDisposed.ShouldBeTrue();
        Logs.CountOf(32).ShouldBe(1);
    }

    [Fact]
    public async Task What_a_driver_throws_at_a_cancellation_does_not_keep_the_store_from_being_closed()
    {
        await AcquireUnderSilenceAsync(() => throw new InvalidOperationException("a driver's fault"));

        await DisposeWithinAsync(Seconds(5));

        Provider.IsDisposed.ShouldBeTrue();
    }

    [Fact]
    public async Task A_driver_that_takes_its_time_over_a_cancellation_holds_up_nothing()
    {
        using var unblock = new ManualResetEventSlim();
        await AcquireUnderSilenceAsync(() => unblock.Wait(TimeSpan.FromMinutes(1), CancellationToken.None));

        await DisposeWithinAsync(Seconds(5));

        Provider.IsDisposed.ShouldBeTrue();
        unblock.Set();
    }

    [Fact]
    public async Task Renewals_that_wait_to_be_sent_are_not_sent_any_more()
    {
        var reply = new TaskCompletionSource<IReadOnlyList<RenewalReply>>();
        Provider.OnRenew = (_, _) => new(reply.Task);
        var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);
        var first = handle.ExtendAsync(cancellationToken: Cancel).AsTask();
        var second = handle.ExtendAsync(cancellationToken: Cancel).AsTask();
        await DisposeWithinAsync(Seconds(5));

        reply.SetResult([new RenewalReply(RenewalOutcome.Unknown)]);

        await Should.ThrowAsync<DistributedLockException>(first);
        await Should.ThrowAsync<DistributedLockException>(second);
        Provider.Renewals.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task It_waits_for_nothing_where_the_store_was_never_reached()
    {
        Provider.OnAcquire = (_, _) => throw new DistributedLockUnavailableException("connection refused") { IsUnsent = true };
        Provider.OnRelease = (_, _) => throw new DistributedLockUnavailableException("connection refused") { IsUnsent = true };
        await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await Locks.TryAcquireAsync(Key, Fixed, Cancel));

        await DisposeWithinAsync(TimeSpan.Zero);

        Provider.Releases.ShouldBeEmpty();
    }

    [Fact]
    public async Task It_waits_for_nothing_where_all_that_was_left_has_lapsed()
    {
        Provider.OnAcquire = (_, _) => throw new IOException("cut");
        Provider.OnRelease = (_, _) => throw new IOException("cut");
        await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await Locks.TryAcquireAsync(Key, Fixed, Cancel));

        // Past the end of the lease, and before the next probe.
        for (var i = 0; i < 301; i++)
        {
            Time.Advance(Seconds(0.1));
        }

        await DisposeWithinAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task Everything_that_is_held_is_released()
    {
        var count = 0;
        Provider.OnRelease = async (lease, _) =>
        {
            Interlocked.Increment(ref count);
            await Task.Yield();
            return await Provider.StoreReleaseAsync(lease);
        };
        for (var i = 0; i < 500; i++)
        {
            await Locks.AcquireAsync($"key:{i}", Fixed, Cancel);
        }

        await DisposeWithinAsync(TimeSpan.Zero);

        Provider.Store.Count.ShouldBe(0);
        count.ShouldBe(500);
    }

    private static Task<T> Never<T>() => new TaskCompletionSource<T>().Task;

    /// <summary>
    /// A held lock and a store that does not answer, whose driver does something when its calls are cancelled.
    /// </summary>
    private async Task AcquireUnderSilenceAsync(Action onCancelled)
    {
        Provider.OnRelease = (_, cancel) =>
        {
            cancel.Register(onCancelled);
            return new(Never<bool>());
        };
        await Locks.AcquireAsync("a", Fixed, Cancel);
        await Locks.AcquireAsync("b", Fixed, Cancel);
    }

    /// <summary>Disposes of the lock, and lets no more time pass than this.</summary>
    private async Task DisposeWithinAsync(TimeSpan bound)
    {
        var disposal = Locks.DisposeAsync().AsTask();
        await Eventually(() =>
        {
            var step = bound < Seconds(0.25) ? bound : Seconds(0.25);
            bound -= step;
            Time.Advance(step);
            return disposal.IsCompleted;
        });
        await disposal;
    }
}
