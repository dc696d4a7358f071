using System.Runtime.CompilerServices;
using DistributedLocking.Engine.Leases;
using DistributedLocking.Providers;
using DistributedLocking.Tests.Doubles;

namespace DistributedLocking.Tests.Engine;

/// <summary>Guarantee 3: renewal.</summary>
public sealed class RenewalTests : EngineTest
{
    private static readonly AcquireOptions Short = new() { TimeToLive = Seconds(30) };

    private static readonly IReadOnlyList<RenewalReply> Unknown = [new(RenewalOutcome.Unknown, new IOException("cut"))];

    [Fact]
    public async Task A_held_lock_is_renewed_at_each_third_of_its_time_to_live()
    {
        await using var handle = await Locks.AcquireAsync(Key, Short, Cancel);

        Time.Advance(Seconds(300));

        handle.IsHeld.ShouldBeTrue();
        Provider.Renewals.Count.ShouldBe(30);
        Provider.Renewals.ShouldAllBe(batch => batch.Single().TimeToLive == Seconds(30));
    }

    [Fact]
    public async Task A_shorter_configured_interval_is_kept_and_a_longer_one_is_cut_to_a_third()
    {
        Options.RenewalInterval = Seconds(4);
        await using var frequent = await Locks.AcquireAsync("a", Short, Cancel);
        Time.Advance(Seconds(12));
        Provider.Renewals.Count.ShouldBe(3);
        await frequent.ReleaseAsync(Cancel);

        await using var brief = await Locks.AcquireAsync("b", new AcquireOptions { TimeToLive = Seconds(3) }, Cancel);
        Time.Advance(Seconds(3));

        Provider.Renewals.Count.ShouldBe(6);
        brief.IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task Locks_that_fall_due_together_are_renewed_in_one_batch()
    {
        var handles = new List<IDistributedLockHandle>();
        for (var i = 0; i < 10_000; i++)
        {
            handles.Add(await Locks.AcquireAsync($"key:{i}", Short, Cancel));
        }

        Time.Advance(Seconds(10));

        Provider.Renewals.ShouldHaveSingleItem().Count.ShouldBe(handles.Count);
    }

    [Fact]
    public async Task A_renewal_takes_along_those_that_are_due_within_a_tenth_of_their_interval()
    {
        await using var first = await Locks.AcquireAsync("first", Short, Cancel);
        Time.Advance(Seconds(0.9));
        await using var soon = await Locks.AcquireAsync("soon", Short, Cancel);
        Time.Advance(Seconds(0.9));
        await using var later = await Locks.AcquireAsync("later", Short, Cancel);

        Time.Advance(Seconds(10));

        Provider.Renewals.Select(batch => string.Join(' ', batch.Select(renewal => renewal.Lease.Key))).ShouldBe(["first soon", "later"]);
    }

    [Fact]
    public async Task A_failing_renewal_is_retried_and_the_lock_stays_held_when_one_succeeds()
    {
        var failures = 3;
        Provider.OnRenew = (batch, _) => failures-- > 0 ? throw new IOException("cut") : Provider.StoreRenewAsync(batch);
        await using var handle = await Locks.AcquireAsync(Key, Short, Cancel);

        Time.Advance(Seconds(100));

        handle.IsHeld.ShouldBeTrue();
        Logs.CountOf(13).ShouldBe(1);
        Logs.CountOf(20).ShouldBe(1);
    }

    [Fact]
    public async Task Each_outage_is_told_of_once_when_it_begins_and_once_when_it_ends()
    {
        await using var handle = await Locks.AcquireAsync(Key, Short, Cancel);
        for (var outage = 1; outage <= 3; outage++)
        {
            Provider.OnRenew = (_, _) => ValueTask.FromResult(Unknown);
            Time.Advance(Seconds(15));
            Provider.Renewals.Count.ShouldBeGreaterThan(2 * outage);
            Logs.CountOf(13).ShouldBe(outage);
            Logs.CountOf(20).ShouldBe(outage - 1);

            Provider.OnRenew = null;
            Time.Advance(Seconds(100));
            Logs.CountOf(20).ShouldBe(outage);
        }
    }

    [Fact]
    public async Task An_outage_of_many_locks_is_told_of_once_and_so_is_its_end()
    {
        var handles = new List<IDistributedLockHandle>();
        for (var i = 0; i < 100; i++)
        {
            // Each is due at a time of its own.
            handles.Add(await Locks.AcquireAsync($"key:{i}", Short with { TimeToLive = Seconds(30 + (i * 0.1)) }, Cancel));
        }

        Provider.OnRenew = (_, _) => throw new IOException("cut");
        Time.Advance(Seconds(15));
        Provider.OnRenew = null;
        Time.Advance(Seconds(100));

        handles.ShouldAllBe(handle => handle.IsHeld);
        Logs.CountOf(13).ShouldBe(1);
        Logs.Entries.Single(entry => entry.Id == 20).Message.ShouldContain("for 100 locks");
    }

    [Fact]
    public async Task An_outage_that_ends_in_the_loss_is_told_of_once()
    {
        Provider.OnRenew = (_, _) => ValueTask.FromResult(Unknown);
        var handle = await Locks.AcquireAsync(Key, Short, Cancel);

        Time.Advance(Seconds(300));

        handle.IsHeld.ShouldBeFalse();
        Logs.CountOf(13).ShouldBe(1);
        Logs.CountOf(12).ShouldBe(1);
        Logs.CountOf(20).ShouldBe(0);

        // The end is told of when there is something to renew again.
        Provider.OnRenew = null;
        await using var next = await Locks.AcquireAsync("next", Short, Cancel);
        Time.Advance(Seconds(10));
        Logs.CountOf(13).ShouldBe(1);
        Logs.CountOf(20).ShouldBe(1);
    }

    [Fact]
    public async Task A_second_outage_is_told_of_although_the_first_ended_unnoticed()
    {
        Provider.OnRenew = (_, _) => ValueTask.FromResult(Unknown);
        var first = await Locks.AcquireAsync("first", Short, Cancel);
        Time.Advance(Seconds(15));
        await first.ReleaseAsync(Cancel);
        Logs.CountOf(13).ShouldBe(1);

        await using var second = await Locks.AcquireAsync("second", Short, Cancel);
        Time.Advance(Seconds(15));

        Logs.CountOf(13).ShouldBe(2);
        Logs.CountOf(20).ShouldBe(1);
    }

    [Fact]
    public async Task An_outage_keeps_no_lock_in_memory_that_was_released()
    {
        Provider.OnRenew = (_, _) => ValueTask.FromResult(Unknown);
        var released = await AcquireFailAndReleaseAsync();

        await Eventually(() => Collect() && !released.IsAlive);
    }

    [Fact]
    public async Task A_lock_whose_renewals_fail_on_does_not_end_and_begin_the_outage_at_each_renewal_of_others()
    {
        Provider.OnRenew = (batch, _) => batch.Any(renewal => renewal.Lease.Key == "ill")
            ? ValueTask.FromResult<IReadOnlyList<RenewalReply>>([.. batch.Select(_ => Unknown[0])])
            : Provider.StoreRenewAsync(batch);
        await using var ill = await Locks.AcquireAsync("ill", Short with { TimeToLive = Seconds(300) }, Cancel);
        await using var well = await Locks.AcquireAsync("well", Short, Cancel);

        Time.Advance(Seconds(250));
        Logs.CountOf(13).ShouldBe(1);
        Logs.CountOf(20).ShouldBe(0);

        Time.Advance(Seconds(100));
        ill.IsHeld.ShouldBeFalse();
        Logs.CountOf(20).ShouldBe(1);
    }

    [Fact]
    public async Task Failing_renewals_end_the_lock_at_its_deadline_and_not_before()
    {
        Provider.OnRenew = (_, _) => ValueTask.FromResult(Unknown);
        var handle = await Locks.AcquireAsync(Key, Short, Cancel);

        Time.Advance(LeaseTerms.Usable(Seconds(30)) - TimeSpan.FromTicks(1));
        handle.LostToken.IsCancellationRequested.ShouldBeFalse();
        Time.Advance(TimeSpan.FromTicks(1));

        handle.LostToken.IsCancellationRequested.ShouldBeTrue();
        Provider.Renewals.Count.ShouldBeGreaterThan(5);
    }

    [Fact]
    public async Task A_renewal_that_hangs_delays_nothing()
    {
        Provider.OnRenew = async (batch, cancel) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, Time, cancel);
            return [];
        };
        var handle = await Locks.AcquireAsync(Key, Short, Cancel);

        Time.Advance(LeaseTerms.Usable(Seconds(30)));

        handle.LostToken.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task A_renewals_reply_after_the_deadline_does_not_bring_the_lock_back()
    {
        var reply = new TaskCompletionSource<IReadOnlyList<RenewalReply>>();
        Provider.OnRenew = (_, _) => new(reply.Task);
        var handle = await Locks.AcquireAsync(Key, Short, Cancel);
        Time.Advance(Seconds(31));

        reply.SetResult([new RenewalReply(RenewalOutcome.Renewed)]);

        handle.IsHeld.ShouldBeFalse();
        handle.LostToken.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task A_lock_that_the_store_says_is_gone_is_lost_at_once_and_never_taken_again()
    {
        var handle = await Locks.AcquireAsync(Key, Short, Cancel);
        var lost = handle.LostToken;
        await Provider.StoreReleaseAsync(new LeaseReference(Key, handle.OwnerId));

        Time.Advance(Seconds(10));

        lost.IsCancellationRequested.ShouldBeTrue();
        Time.Advance(Seconds(100));
        Provider.Renewals.ShouldHaveSingleItem();
        Provider.Acquires.ShouldHaveSingleItem();
        Provider.Store.Count.ShouldBe(0);
    }

    [Fact]
    public async Task An_extension_counts_from_now_and_later_renewals_use_it()
    {
        await using var handle = await Locks.AcquireAsync(Key, Short, Cancel);

        await handle.ExtendAsync(Seconds(90), Cancel);

        handle.RemainingTime.ShouldBe(LeaseTerms.Usable(Seconds(90)));
        Time.Advance(Seconds(30));
        Provider.Renewals.Last().Single().TimeToLive.ShouldBe(Seconds(90));
    }

    [Fact]
    public async Task A_fixed_lock_can_be_extended_and_is_still_not_renewed()
    {
        var handle = await Locks.AcquireAsync(Key, Short with { AutoRenew = false }, Cancel);
        await handle.ExtendAsync(Seconds(90), Cancel);
        Time.Advance(Seconds(80));
        handle.IsHeld.ShouldBeTrue();

        Time.Advance(Seconds(10));

        handle.IsHeld.ShouldBeFalse();
        Provider.Renewals.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_shortening_extension_counts_even_if_its_answer_never_arrives()
    {
        var reply = new TaskCompletionSource<IReadOnlyList<RenewalReply>>();
        var handle = await Locks.AcquireAsync(Key, Short with { AutoRenew = false }, Cancel);
        Provider.OnRenew = (_, _) => new(reply.Task);

        var extension = handle.ExtendAsync(Seconds(5), Cancel);

        handle.RemainingTime.ShouldBe(LeaseTerms.Usable(Seconds(5)));
        Time.Advance(Seconds(5));
        handle.LostToken.IsCancellationRequested.ShouldBeTrue();
        reply.SetResult(Unknown);
        (await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await extension)).InnerException.ShouldBeOfType<IOException>();
    }

    [Fact]
    public async Task After_an_unknown_renewal_no_deadline_counts_on_more_than_what_it_asked_for()
    {
        await using var handle = await Locks.AcquireAsync(Key, Short, Cancel);
        Provider.OnRenew = (_, _) => ValueTask.FromResult(Unknown);
        Time.Advance(Seconds(10));
        Provider.OnRenew = null;

        await handle.ExtendAsync(Seconds(3600), Cancel);

        handle.RemainingTime.ShouldBe(LeaseTerms.Usable(Seconds(30)));
        Time.Advance(Seconds(600));
        handle.IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task A_later_extension_counts_after_an_unknown_one_where_none_can_overtake_another()
    {
        await using var handle = await Locks.AcquireAsync(Key, Short, Cancel);
        await FailToExtendAsync(handle, connection: 7);
        handle.RemainingTime.ShouldBe(LeaseTerms.Usable(Seconds(1)));
        Provider.OnRenew = RenewedOn(7);

        await handle.ExtendAsync(Seconds(60), Cancel);

        handle.RemainingTime.ShouldBe(LeaseTerms.Usable(Seconds(60)));
        Provider.OnRenew = null;
        Time.Advance(Seconds(200));
        handle.IsHeld.ShouldBeTrue();
        Provider.Renewals.Count.ShouldBe(2 + 10);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(7, null)]
    [InlineData(null, 7)]
    [InlineData(7, 8)]
    public async Task Elsewhere_an_unknown_extension_may_still_cut_the_lease_which_is_renewed_often_enough_to_be_kept(int? first, int? later)
    {
        await using var handle = await Locks.AcquireAsync(Key, Short, Cancel);
        await FailToExtendAsync(handle, first);
        Provider.OnRenew = RenewedOn(later);
        await handle.ExtendAsync(Seconds(60), Cancel);
        handle.RemainingTime.ShouldBe(LeaseTerms.Usable(Seconds(1)));

        Time.Advance(Seconds(20));

        handle.IsHeld.ShouldBeTrue();
        Provider.Renewals.Last().Single().TimeToLive.ShouldBe(Seconds(60));
    }

    [Fact]
    public async Task Unknown_extensions_on_two_connections_are_not_settled_by_an_answer_on_one()
    {
        await using var handle = await Locks.AcquireAsync(Key, Short, Cancel);
        await FailToExtendAsync(handle, connection: 7);
        await FailToExtendAsync(handle, connection: 8);
        Provider.OnRenew = RenewedOn(8);

        await handle.ExtendAsync(Seconds(60), Cancel);

        handle.RemainingTime.ShouldBe(LeaseTerms.Usable(Seconds(1)));
    }

    [Fact]
    public async Task An_extension_waits_for_the_renewal_in_flight()
    {
        var reply = new TaskCompletionSource<IReadOnlyList<RenewalReply>>();
        await using var handle = await Locks.AcquireAsync(Key, Short, Cancel);
        Provider.OnRenew = (_, _) => new(reply.Task);
        Time.Advance(Seconds(10));

        var extension = handle.ExtendAsync(Seconds(90), Cancel).AsTask();
        Provider.Renewals.Count.ShouldBe(1);
        Provider.OnRenew = null;
        reply.SetResult([new RenewalReply(RenewalOutcome.Renewed)]);
        await extension;

        Provider.Renewals.Count.ShouldBe(2);
        handle.RemainingTime.ShouldBe(LeaseTerms.Usable(Seconds(90)));
    }

    [Fact]
    public async Task A_cancelled_extension_ends_the_waiting_only()
    {
        await using var handle = await Locks.AcquireAsync(Key, Short, Cancel);
        var reply = new TaskCompletionSource<IReadOnlyList<RenewalReply>>();
        Provider.OnRenew = (_, _) => new(reply.Task);
        using var cancellation = new CancellationTokenSource();
        var extension = handle.ExtendAsync(Seconds(90), cancellation.Token).AsTask();

        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(extension);
        reply.SetResult([new RenewalReply(RenewalOutcome.Renewed)]);

        handle.RemainingTime.ShouldBe(LeaseTerms.Usable(Seconds(90)));
    }

    [Fact]
    public async Task A_handle_that_is_collected_lets_the_lock_lapse()
    {
        var collected = AcquireAndForget();
        await Eventually(() => Collect() && !collected.IsAlive);

        Time.Advance(Seconds(29));
        Provider.Renewals.ShouldBeEmpty();
        Logs.CountOf(14).ShouldBe(1);
        Time.Advance(Seconds(1));

        Logs.CountOf(12).ShouldBe(1);
        Provider.Store.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_collected_handles_lock_can_be_released_by_key()
    {
        var collected = AcquireAndForget();
        await Eventually(() => Collect() && !collected.IsAlive);

        (await Locks.ReleaseAsync(Key, Cancel)).ShouldBeTrue();

        Provider.Store.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Renewal_goes_on_while_somebody_observes_the_lost_token()
    {
        var (collected, linked) = AcquireAndObserve();
        await Eventually(() => Collect() && !collected.IsAlive);

        Time.Advance(Seconds(300));
        Provider.Renewals.Count.ShouldBe(30);
        await Provider.StoreReleaseAsync(new LeaseReference(Key, Provider.Acquires.Single().OwnerId));
        Time.Advance(Seconds(10));

        await Eventually(() => linked.IsCancellationRequested);
        linked.Dispose();
    }

    /// <summary>A weak reference to the key, which the lease has and nobody else.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<WeakReference> AcquireFailAndReleaseAsync()
    {
        var key = new string('k', 10);
        var handle = await Locks.AcquireAsync(key, Short, Cancel);
        Time.Advance(Seconds(15));
        await handle.ReleaseAsync(Cancel);
        Provider.Forget();
        return new WeakReference(key);
    }

    private static bool Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference AcquireAndForget() => new(Locks.Acquire(Key, Short, Cancel));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private (WeakReference Handle, CancellationTokenSource Linked) AcquireAndObserve()
    {
        var handle = Locks.Acquire(Key, Short, Cancel);
        return (new WeakReference(handle), CancellationTokenSource.CreateLinkedTokenSource(handle.LostToken));
    }

    /// <summary>An extension to a second of which nobody knows whether it arrives.</summary>
    private async Task FailToExtendAsync(IDistributedLockHandle handle, int? connection)
    {
        Provider.OnRenew = (_, _) => ValueTask.FromResult<IReadOnlyList<RenewalReply>>([Unknown[0] with { Connection = connection }]);
        await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await handle.ExtendAsync(Seconds(1), Cancel));
    }

    private Func<IReadOnlyList<RenewalRequest>, CancellationToken, ValueTask<IReadOnlyList<RenewalReply>>> RenewedOn(int? connection) =>
        async (batch, _) => [.. (await Provider.StoreRenewAsync(batch)).Select(reply => reply with { Connection = connection })];
}
