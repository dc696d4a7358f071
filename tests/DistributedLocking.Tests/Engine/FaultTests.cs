using DistributedLocking.Providers;
using DistributedLocking.Tests.Doubles;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Tests.Engine;

/// <summary>Pauses and faults at inconvenient moments leave no key stuck, in this process or in the store.</summary>
public sealed class FaultTests : EngineTest
{
    private static readonly AcquireOptions Fixed = new() { TimeToLive = Seconds(30), AutoRenew = false };

    private static readonly AcquireOptions Patient = Fixed with { WaitTimeout = Seconds(60) };

    [Fact]
    public async Task An_attempt_that_meets_a_release_in_flight_answers_at_once()
    {
        var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);
        var answer = new TaskCompletionSource<bool>();
        Provider.OnRelease = (_, _) => new(answer.Task);
        var release = handle.ReleaseAsync(Cancel).AsTask();

        var attempt = Task.Run(async () => await Locks.TryAcquireAsync(Key, Fixed, Cancel), Cancel);

        try
        {
            (await attempt.WaitAsync(Seconds(5), TimeProvider.System, Cancel)).ShouldBeNull();
        }
        finally
        {
            answer.SetResult(true);
            await release;
        }
    }

    [Fact]
    public async Task A_pause_just_after_the_grant_passes_the_turn_on()
    {
        Provider.OnAcquire = (request, _) =>
        {
            Provider.OnAcquire = null;
            Time.Advance(Seconds(4));
            return Provider.StoreAcquireAsync(request);
        };
        Logs.OnEntry = id =>
        {
            // The warning of a slow grant is the one place between grant and handle that runs foreign code.
            if (id == 11)
            {
                Time.Freeze(Seconds(60));
            }
        };

        var paused = await Locks.AcquireAsync(Key, Fixed, Cancel);
        paused.IsHeld.ShouldBeFalse();

        await using var next = await Eventually(Locks.AcquireAsync(Key, Patient, Cancel).AsTask(), Seconds(0.1));
        next.IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task A_watch_that_cannot_be_closed_does_not_cost_the_lock()
    {
        Provider.Capabilities |= LockProviderCapabilities.Notification;
        var other = Provider.HoldElsewhere(Key);
        Provider.OnWatch = async (_, _) =>
        {
            await Provider.StoreReleaseAsync(other);
            return new UnclosableWatch(Task.FromException(new IOException("not connected")));
        };

        var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);

        handle.IsHeld.ShouldBeTrue();
        await handle.ReleaseAsync(Cancel);
        Locks.KeysInUse.ShouldBe(0);
    }

    [Fact]
    public async Task A_watch_that_hangs_when_it_is_closed_does_not_hold_up_the_lock()
    {
        Provider.Capabilities |= LockProviderCapabilities.Notification;
        var other = Provider.HoldElsewhere(Key);
        Provider.OnWatch = async (_, _) =>
        {
            await Provider.StoreReleaseAsync(other);
            return new UnclosableWatch(new TaskCompletionSource().Task);
        };

        var handle = await Eventually(Locks.AcquireAsync(Key, Fixed, Cancel).AsTask(), Seconds(0.1));

        handle.IsHeld.ShouldBeTrue();
        Logs.CountOf(18).ShouldBe(1);
        await handle.ReleaseAsync(Cancel);
    }

    [Fact]
    public async Task A_slow_grant_is_renewed_in_time()
    {
        Provider.OnAcquire = (request, _) =>
        {
            var reply = Provider.StoreAcquireAsync(request);
            Time.Freeze(Seconds(25));
            return reply;
        };
        await using var handle = await Locks.AcquireAsync(Key, new AcquireOptions { TimeToLive = Seconds(30) }, Cancel);

        Time.Advance(Seconds(20));

        handle.IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task A_single_attempt_does_not_wait_for_another_callers_pause_after_a_failure()
    {
        Provider.OnAcquire = (_, _) => throw new IOException("cut");
        using var cancellation = new CancellationTokenSource();
        var waiting = Locks.AcquireAsync(Key, Fixed with { Retry = RetryPolicy.Fixed(TimeSpan.FromHours(1), 5) }, cancellation.Token).AsTask();

        var attempt = Locks.TryAcquireAsync(Key, Fixed, Cancel).AsTask();

        await Should.ThrowAsync<DistributedLockUnavailableException>(attempt.WaitAsync(Seconds(5), TimeProvider.System, Cancel));
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(waiting);
    }

    [Fact]
    public async Task Before_anybody_is_told_of_a_loss_all_losses_are_signalled_and_renewals_sent()
    {
        Options.RenewalInterval = Seconds(29);
        await using var renewed = await Locks.AcquireAsync("renewed", new AcquireOptions { TimeToLive = Seconds(100) }, Cancel);
        var lost = new List<CancellationToken>();
        for (var i = 0; i < 3; i++)
        {
            lost.Add((await Locks.AcquireAsync($"key:{i}", Fixed, Cancel)).LostToken);
        }

        (int Signalled, int Renewals)? atFirst = null;
        Logs.OnEntry = id =>
        {
            if (id == 12)
            {
                atFirst ??= (lost.Count(token => token.IsCancellationRequested), Provider.Renewals.Count);
            }
        };

        Time.Freeze(Seconds(30));

        await Eventually(() => atFirst is not null);
        atFirst.ShouldBe((3, 1));
    }

    [Fact]
    public async Task A_logger_that_throws_costs_nobody_a_lock()
    {
        Logs.OnEntry = id => throw new InvalidOperationException("a logger's fault");
        var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);
        var second = await Locks.AcquireAsync("second", Fixed, Cancel);
        (await handle.ReleaseAsync(Cancel)).ShouldBeTrue();
        (await Locks.TryAcquireAsync("second", Fixed, Cancel)).ShouldBeNull();
        await Locks.AcquireAsync("third", Fixed, Cancel);

        Time.Advance(Seconds(31));

        second.LostToken.IsCancellationRequested.ShouldBeTrue();
        Provider.Store.Count.ShouldBe(0);
        await Should.ThrowAsync<DistributedLockTimeoutException>(async () =>
        {
            Provider.HoldElsewhere(Key);
            await Locks.AcquireAsync(Key, Fixed with { WaitTimeout = TimeSpan.Zero }, Cancel);
        });
    }

    [Fact]
    public async Task A_shutdown_waits_for_an_attempt_in_flight_and_undoes_its_grant()
    {
        var reply = new TaskCompletionSource();
        Provider.OnAcquire = async (request, _) =>
        {
            await reply.Task;
            return await Provider.StoreAcquireAsync(request);
        };
        Provider.OnRelease = (lease, cancel) =>
        {
            cancel.ThrowIfCancellationRequested();
            return Provider.StoreReleaseAsync(lease);
        };
        var acquire = Locks.AcquireAsync(Key, Fixed, Cancel).AsTask();

        var disposal = Locks.DisposeAsync().AsTask();
        reply.SetResult();

        await Should.ThrowAsync<ObjectDisposedException>(acquire);
        await disposal.WaitAsync(Seconds(10), TimeProvider.System, Cancel);
        Provider.Store.Count.ShouldBe(0);
        Logs.Entries.ShouldNotContain(entry => entry.Level == LogLevel.Error);
    }

    [Fact]
    public async Task A_shutdown_does_not_close_the_store_under_a_release_in_flight()
    {
        var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);
        var answer = new TaskCompletionSource<bool>();
        Provider.OnRelease = (_, _) => new(answer.Task);
        var release = handle.ReleaseAsync(Cancel).AsTask();

        var disposal = Locks.DisposeAsync().AsTask();

        (await Task.WhenAny(disposal, Task.Delay(Seconds(0.2), TimeProvider.System, Cancel))).ShouldNotBe(disposal);
        Provider.IsDisposed.ShouldBeFalse();
        answer.SetResult(true);
        (await release).ShouldBeTrue();
        await disposal.WaitAsync(Seconds(10), TimeProvider.System, Cancel);
    }

    [Fact]
    public async Task After_a_freeze_nothing_of_an_ended_lease_stays_in_memory()
    {
        await Locks.AcquireAsync(Key, Fixed, Cancel);

        Time.Freeze(Seconds(31));

        Provider.Store.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_lost_leases_owner_is_released_for_as_long_as_an_unanswered_extension_may_have_made_it_last()
    {
        var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);
        Provider.OnRenew = async (batch, _) =>
        {
            await Provider.StoreRenewAsync(batch);
            throw new IOException("no reply");
        };
        await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await handle.ExtendAsync(Seconds(3600), Cancel));
        Provider.OnRelease = (_, _) => throw new IOException("cut");
        Time.Advance(Seconds(120));
        handle.IsHeld.ShouldBeFalse();
        Provider.Store.Count.ShouldBe(1);

        Provider.OnRelease = null;
        Time.Advance(Seconds(20));

        Provider.Store.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_lease_that_ended_while_an_extension_waited_is_not_extended()
    {
        var reply = new TaskCompletionSource<IReadOnlyList<RenewalReply>>();
        Provider.OnRenew = (_, _) => new(reply.Task);
        var handle = await Locks.AcquireAsync(Key, new AcquireOptions { TimeToLive = Seconds(30) }, Cancel);
        Time.Advance(Seconds(10));
        var extension = handle.ExtendAsync(Seconds(3600), Cancel).AsTask();
        Time.Advance(Seconds(21));

        reply.SetResult([new RenewalReply(RenewalOutcome.Unknown)]);

        await Should.ThrowAsync<DistributedLockLostException>(extension);
        Provider.Renewals.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_cancelled_caller_does_not_wait_for_the_confirmation_of_an_offer()
    {
        Provider.OnAcquire = (_, _) => ValueTask.FromResult(AcquireReply.Granted(1, offer: Seconds(1)));
        Provider.OnRenew = (_, _) => new(new TaskCompletionSource<IReadOnlyList<RenewalReply>>().Task);
        using var cancellation = new CancellationTokenSource();
        var acquire = Locks.AcquireAsync(Key, Fixed, cancellation.Token).AsTask();

        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(acquire.WaitAsync(Seconds(5), TimeProvider.System, Cancel));
        Provider.Releases.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_lost_leases_owner_is_released_until_the_store_answers_and_no_longer()
    {
        var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);
        await Provider.StoreReleaseAsync(new LeaseReference(Key, handle.OwnerId));

        Time.Advance(Seconds(100));

        Provider.Releases.ShouldHaveSingleItem();
    }

    private sealed class UnclosableWatch(Task closing) : IKeyWatch
    {
        public async ValueTask<WakeUp> WaitAsync(CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return WakeUp.Changed;
        }

        public ValueTask DisposeAsync() => new(closing);
    }
}
