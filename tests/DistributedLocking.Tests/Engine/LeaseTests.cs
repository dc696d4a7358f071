using DistributedLocking.Engine.Leases;
using DistributedLocking.Providers;
using DistributedLocking.Tests.Doubles;

namespace DistributedLocking.Tests.Engine;

/// <summary>Guarantee 2: the lease clock flatters nobody.</summary>
public sealed class LeaseTests : EngineTest
{
    private static readonly AcquireOptions Fixed = new() { TimeToLive = Seconds(30), AutoRenew = false };

    [Fact]
    public async Task The_deadline_counts_from_before_the_request_was_sent()
    {
        Provider.OnAcquire = (request, _) =>
        {
            var reply = Provider.StoreAcquireAsync(request);
            Time.Advance(Seconds(5));
            return reply;
        };

        await using var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);

        handle.RemainingTime.ShouldBe(LeaseTerms.Usable(Seconds(30)) - Seconds(5));
    }

    [Fact]
    public async Task A_grant_whose_reply_comes_after_its_deadline_is_no_grant_and_is_released()
    {
        Provider.OnAcquire = (request, _) =>
        {
            var reply = Provider.StoreAcquireAsync(request);
            Time.Freeze(Seconds(29.9));
            return reply;
        };

        await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await Locks.TryAcquireAsync(Key, Fixed, Cancel));

        Provider.Releases.ShouldHaveSingleItem().OwnerId.ShouldBe(Provider.Acquires.Single().OwnerId);
        Provider.Store.Count.ShouldBe(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_jump_of_the_wall_clock_changes_nothing(int hours)
    {
        await using var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);
        var remaining = handle.RemainingTime;

        Time.JumpWallClock(TimeSpan.FromHours(hours));
        Time.Advance(TimeSpan.Zero);

        handle.IsHeld.ShouldBeTrue();
        handle.RemainingTime.ShouldBe(remaining);
        (await Locks.TryAcquireAsync(Key, Fixed, Cancel)).ShouldBeNull();
    }

    [Fact]
    public async Task Tokens_rise_although_the_wall_clock_falls()
    {
        var first = await Locks.AcquireAsync(Key, Fixed, Cancel);
        await first.ReleaseAsync(Cancel);
        Time.JumpWallClock(TimeSpan.FromHours(-1));

        await using var second = await Locks.AcquireAsync(Key, Fixed, Cancel);

        second.FencingToken.ShouldBeGreaterThan(first.FencingToken);
    }

    [Fact]
    public async Task A_lease_that_is_not_renewed_ends_at_its_deadline()
    {
        var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);
        var lost = handle.LostToken;
        Time.Advance(LeaseTerms.Usable(Seconds(30)) - TimeSpan.FromTicks(1));
        handle.IsHeld.ShouldBeTrue();
        lost.IsCancellationRequested.ShouldBeFalse();

        Time.Advance(TimeSpan.FromTicks(1));

        handle.IsHeld.ShouldBeFalse();
        handle.RemainingTime.ShouldBe(TimeSpan.Zero);
        lost.IsCancellationRequested.ShouldBeTrue();
        (await handle.ReleaseAsync(Cancel)).ShouldBeFalse();
        await Should.ThrowAsync<DistributedLockLostException>(async () => await handle.ExtendAsync(cancellationToken: Cancel));
    }

    [Fact]
    public async Task After_a_pause_longer_than_the_lease_the_first_question_says_lost()
    {
        var handle = await Locks.AcquireAsync(Key, new AcquireOptions { TimeToLive = Seconds(30) }, Cancel);
        bool? heldBeforeTheAlarmRang = null;
        await using var early = Time.CreateTimer(_ => heldBeforeTheAlarmRang ??= handle.IsHeld, null, Seconds(1), Timeout.InfiniteTimeSpan);

        Time.Freeze(Seconds(60));

        heldBeforeTheAlarmRang.ShouldBe(false);
        handle.LostToken.IsCancellationRequested.ShouldBeTrue();
        Provider.Renewals.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_lost_token_asked_for_after_the_loss_is_cancelled()
    {
        var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);

        Time.Advance(Seconds(31));

        handle.LostToken.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task Callbacks_on_a_lost_token_do_not_hold_up_other_locks()
    {
        using var release = new ManualResetEventSlim();
        var first = await Locks.AcquireAsync("a", Fixed, Cancel);
        var second = await Locks.AcquireAsync("b", Fixed, Cancel);
        var entered = new TaskCompletionSource();
        await using var registration = first.LostToken.Register(() =>
        {
            entered.SetResult();
            release.Wait(CancellationToken.None);
            throw new InvalidOperationException("a callback's fault");
        });

        Time.Advance(Seconds(31));

        await entered.Task.WaitAsync(Seconds(10), TimeProvider.System, Cancel);
        second.LostToken.IsCancellationRequested.ShouldBeTrue();
        release.Set();
    }

    [Fact]
    public async Task The_longest_hold_ends_a_lock_that_is_renewed()
    {
        var handle = await Locks.AcquireAsync(Key, new AcquireOptions { TimeToLive = Seconds(30), MaxHoldTime = Seconds(100) }, Cancel);
        Time.Advance(Seconds(99));
        handle.IsHeld.ShouldBeTrue();
        handle.RemainingTime.ShouldBe(Seconds(1));

        Time.Advance(Seconds(1));

        handle.IsHeld.ShouldBeFalse();
        handle.LostToken.IsCancellationRequested.ShouldBeTrue();
        Provider.Store.Count.ShouldBe(0);
        Logs.Entries.ShouldContain(entry => entry.Id == 12 && entry.Message.Contains("longest hold", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stores_offer_becomes_a_lease_when_a_renewal_confirms_it()
    {
        Provider.OnAcquire = async (request, _) =>
            AcquireReply.Granted((await Provider.StoreAcquireAsync(request)).FencingToken, offer: Seconds(1));

        await using var handle = await Locks.AcquireAsync(Key, Fixed, Cancel);

        Provider.Renewals.ShouldHaveSingleItem();
        handle.RemainingTime.ShouldBe(LeaseTerms.Usable(Seconds(30)));
    }

    [Fact]
    public async Task A_stores_offer_that_has_lapsed_is_no_lease_and_no_contention_either()
    {
        Provider.OnAcquire = (_, _) => ValueTask.FromResult(AcquireReply.Granted(1, offer: Seconds(1)));

        await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await Locks.TryAcquireAsync(Key, Fixed, Cancel));
    }
}
