using DistributedLocking.Providers;
using DistributedLocking.Tests.Doubles;

namespace DistributedLocking.Tests.Engine;

/// <summary>The callers of one process hand a lock on among themselves.</summary>
public sealed class HandOverTests : EngineTest
{
    private static readonly AcquireOptions Patient = new() { TimeToLive = TimeSpan.FromSeconds(60), WaitTimeout = Timeout.InfiniteTimeSpan };

    private int _reserved = int.MaxValue;
    private int _grants;

    public HandOverTests() => Provider.OnAcquire = async (request, _) =>
    {
        var reply = await Provider.StoreAcquireAsync(request);
        return reply.IsGranted ? AcquireReply.Granted(reply.FencingToken + (1000 * ++_grants), offer: null, Math.Min(request.Tokens, _reserved)) : reply;
    };

    [Fact]
    public async Task The_next_caller_gets_the_lock_without_the_store()
    {
        var (first, waiting) = await ChainAsync(3);

        (await first.ReleaseAsync(Cancel)).ShouldBeTrue();

        var second = await waiting[0];
        second.IsHeld.ShouldBeTrue();
        second.OwnerId.ShouldBe(first.OwnerId);
        second.FencingToken.ShouldBe(first.FencingToken + 1);
        first.IsHeld.ShouldBeFalse();
        (await first.ReleaseAsync(Cancel)).ShouldBeFalse();
        second.IsHeld.ShouldBeTrue();
        first.LostToken.IsCancellationRequested.ShouldBeFalse();
        Provider.Acquires.Count.ShouldBe(2);
        Provider.Releases.Count.ShouldBe(1);

        await second.ReleaseAsync(Cancel);
        var last = await waiting[1];
        last.FencingToken.ShouldBe(first.FencingToken + 2);
        await last.ReleaseAsync(Cancel);
        Provider.Acquires.Count.ShouldBe(2);
        Provider.Releases.Count.ShouldBe(2);
        Locks.KeysInUse.ShouldBe(0);
    }

    [Fact]
    public async Task Tokens_are_reserved_only_while_somebody_waits()
    {
        var (first, waiting) = await ChainAsync(2);

        Provider.Acquires.Select(request => request.Tokens).ShouldBe([1, 128]);
        await first.ReleaseAsync(Cancel);
        await (await waiting[0]).ReleaseAsync(Cancel);
    }

    [Fact]
    public async Task A_chain_ends_with_its_time()
    {
        Options.HandOverTime = Seconds(0.01);
        var (first, waiting) = await ChainAsync(2);

        Time.Advance(Seconds(0.01));
        await first.ReleaseAsync(Cancel);

        ShouldNotBeOfChain(first, await waiting[0]);
        Provider.Acquires.Count.ShouldBe(3);
    }

    [Fact]
    public async Task The_time_counts_from_the_stores_grant()
    {
        Options.HandOverTime = Seconds(0.01);
        var (first, waiting) = await ChainAsync(3);
        Time.Advance(Seconds(0.006));
        await first.ReleaseAsync(Cancel);
        var second = await waiting[0];
        second.OwnerId.ShouldBe(first.OwnerId);

        Time.Advance(Seconds(0.006));
        await second.ReleaseAsync(Cancel);

        ShouldNotBeOfChain(first, await waiting[1]);
    }

    [Fact]
    public async Task A_chain_ends_with_its_tokens()
    {
        _reserved = 2;
        var (first, waiting) = await ChainAsync(3);
        await first.ReleaseAsync(Cancel);
        var second = await waiting[0];
        second.OwnerId.ShouldBe(first.OwnerId);

        await second.ReleaseAsync(Cancel);

        var third = await waiting[1];
        ShouldNotBeOfChain(first, third);
        third.FencingToken.ShouldBeGreaterThan(second.FencingToken);
    }

    [Fact]
    public async Task It_can_be_switched_off()
    {
        Options.HandOverTime = TimeSpan.Zero;
        var (first, waiting) = await ChainAsync(2);

        await first.ReleaseAsync(Cancel);

        ShouldNotBeOfChain(first, await waiting[0]);
        Provider.Acquires.ShouldAllBe(request => request.Tokens == 1);
    }

    [Fact]
    public async Task The_next_holder_has_the_rest_of_the_lease_until_a_renewal_makes_it_whole()
    {
        Options.HandOverTime = Seconds(10);
        var (first, waiting) = await ChainAsync(2);
        Time.Advance(Seconds(9));

        await first.ReleaseAsync(Cancel);

        var next = await waiting[0];
        next.RemainingTime.ShouldBeInRange(Seconds(50), Seconds(51));
        Time.Advance(Seconds(17));
        next.RemainingTime.ShouldBeGreaterThan(Seconds(59));
        Provider.Renewals.ShouldHaveSingleItem().ShouldHaveSingleItem().Lease.OwnerId.ShouldBe(first.OwnerId);
    }

    /// <summary>
    /// The rest of a short lease is long enough to be handed to who asked for a lease of almost three times its length,
    /// but not to be kept so long.
    /// </summary>
    [Theory]
    [InlineData(60, 178)]
    [InlineData(1, 2.95)]
    [InlineData(1, 2.961)]
    public async Task The_next_holder_renews_when_a_third_of_what_it_was_handed_is_over(double first, double next)
    {
        var (holder, waiting) = await ChainAsync(2, Patient with { TimeToLive = Seconds(first), AutoRenew = false }, Patient with { TimeToLive = Seconds(next) });
        await holder.ReleaseAsync(Cancel);
        var handedOn = await waiting[0];
        handedOn.OwnerId.ShouldBe(holder.OwnerId);

        Time.Advance(Seconds(first / 3));

        Provider.Renewals.ShouldHaveSingleItem();
        handedOn.RemainingTime.ShouldBeGreaterThan(Seconds(next * 0.9));
    }

    [Fact]
    public async Task Less_than_a_third_of_the_next_callers_time_to_live_is_not_handed_on()
    {
        Options.HandOverTime = Seconds(10);
        var (first, waiting) = await ChainAsync(2, Patient with { TimeToLive = Seconds(9), AutoRenew = false }, Patient with { TimeToLive = Seconds(9) });
        Time.Advance(Seconds(7));

        await first.ReleaseAsync(Cancel);

        ShouldNotBeOfChain(first, await waiting[0]);
    }

    [Theory]
    [InlineData(60, false)]
    [InlineData(59, true)]
    public async Task A_lease_that_would_not_be_what_the_next_caller_asked_for_is_not_handed_on(int seconds, bool autoRenew)
    {
        var (first, waiting) = await ChainAsync(2, Patient, Patient with { TimeToLive = Seconds(seconds), AutoRenew = autoRenew });

        await first.ReleaseAsync(Cancel);

        ShouldNotBeOfChain(first, await waiting[0]);
    }

    [Fact]
    public async Task A_lease_whose_renewal_is_under_way_is_not_handed_on()
    {
        Options.HandOverTime = Seconds(10);
        var answer = new TaskCompletionSource<IReadOnlyList<RenewalReply>>();
        Provider.OnRenew = (_, _) => new(answer.Task);
        var (first, waiting) = await ChainAsync(2, Patient with { TimeToLive = Seconds(9) });
        Time.Advance(Seconds(3.5));
        await Eventually(() => !Provider.Renewals.IsEmpty);

        await first.ReleaseAsync(Cancel);

        ShouldNotBeOfChain(first, await waiting[0]);
        answer.SetResult([new RenewalReply(RenewalOutcome.Lost)]);
        (await waiting[0]).IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task A_lease_whose_renewal_may_still_arrive_is_not_handed_on()
    {
        Options.HandOverTime = Seconds(10);
        Provider.OnRenew = (batch, _) => new([.. batch.Select(_ => new RenewalReply(RenewalOutcome.Unknown))]);
        var (first, waiting) = await ChainAsync(2, Patient with { TimeToLive = Seconds(9) });
        await Should.ThrowAsync<DistributedLockUnavailableException>(() => first.ExtendAsync(cancellationToken: Cancel).AsTask());

        await first.ReleaseAsync(Cancel);

        ShouldNotBeOfChain(first, await waiting[0]);
    }

    [Fact]
    public async Task The_longest_hold_counts_anew_for_each_holder()
    {
        Options.HandOverTime = Seconds(10);
        var (first, waiting) = await ChainAsync(2, Patient, Patient with { MaxHoldTime = Seconds(5) });
        Time.Advance(Seconds(4));
        await first.ReleaseAsync(Cancel);
        var next = await waiting[0];
        next.OwnerId.ShouldBe(first.OwnerId);

        Time.Advance(Seconds(4));
        next.IsHeld.ShouldBeTrue();
        Time.Advance(Seconds(1));

        next.IsHeld.ShouldBeFalse();
        await Eventually(() => Provider.Releases.Any(lease => string.Equals(lease.OwnerId, next.OwnerId, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_release_by_key_is_that_of_the_present_holder()
    {
        var (first, waiting) = await ChainAsync(3);

        (await Locks.ReleaseAsync(Key, Cancel)).ShouldBeTrue();
        first.IsHeld.ShouldBeFalse();
        var second = await waiting[0];
        (await Locks.ReleaseAsync(Key, Cancel)).ShouldBeTrue();

        second.IsHeld.ShouldBeFalse();
        (await waiting[1]).IsHeld.ShouldBeTrue();
    }

    [Fact]
    public async Task A_lost_lease_is_not_handed_on()
    {
        Options.HandOverTime = Seconds(10);
        Provider.OnRenew = (batch, _) => new([.. batch.Select(_ => new RenewalReply(RenewalOutcome.Lost))]);
        var (first, waiting) = await ChainAsync(2, Patient with { TimeToLive = Seconds(9) });

        Time.Advance(Seconds(3.5));
        await Eventually(() => !first.IsHeld);

        await Provider.StoreReleaseAsync(new LeaseReference(Key, first.OwnerId));
        ShouldNotBeOfChain(first, await Eventually(waiting[0], Seconds(0.25)));
    }

    private static void ShouldNotBeOfChain(IDistributedLockHandle first, IDistributedLockHandle handle) =>
        string.Equals(handle.OwnerId, first.OwnerId, StringComparison.Ordinal).ShouldBeFalse();

    /// <summary>A first holder that was granted the lock while others waited, and these.</summary>
    private async Task<(IDistributedLockHandle First, IReadOnlyList<Task<IDistributedLockHandle>> Waiting)> ChainAsync(
        int callers, AcquireOptions? first = null, AcquireOptions? others = null)
    {
        var before = await Locks.AcquireAsync(Key, Patient, Cancel);
        var waiting = Enumerable.Range(0, callers)
            .Select(i => Locks.AcquireAsync(Key, (i == 0 ? first : others ?? first) ?? Patient, Cancel).AsTask()).ToList();
        await before.ReleaseAsync(Cancel);
        return (await waiting[0], waiting[1..]);
    }
}
