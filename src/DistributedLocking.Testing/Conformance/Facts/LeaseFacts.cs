using DistributedLocking.Providers;

namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>Guarantee 2: the lease clock flatters nobody.</summary>
internal static class LeaseFacts
{
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(200);

    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.Lease, "a grant's lease counts from before its request", GrantCountsFromTheRequest),
        new(LockGuarantee.Lease, "a renewal's lease counts from before its request", RenewalCountsFromTheRequest),
        new(LockGuarantee.Lease, "a grant whose reply comes after its deadline is no grant", LateGrantIsNoGrant),
        new(LockGuarantee.Lease, "the store itself ends a lease at its time to live, and not before", StoreEndsTheLease)
        {
            Requires = [Requirement.ServerEnforcedLease],
        },
        new(LockGuarantee.Lease, "IsHeld and RemainingTime follow the deadline, and the loss is signalled", HandleFollowsTheDeadline),
        new(LockGuarantee.Lease, "a renewal that hangs does not delay the loss", HungRenewalDelaysNothing),
        new(LockGuarantee.Lease, "a callback that blocks does not hold up the loss of other locks", BlockedCallbackDelaysNobodyElse),
        new(LockGuarantee.Lease, "a callback that throws does not hold up the loss of other locks", ThrowingCallbackHarmsNobody),
    ];

    private static async Task GrantCountsFromTheRequest(FactContext context)
    {
        var (locks, faults) = await context.FaultyLockAsync().ConfigureAwait(false);
        using var fault = faults.DelayReplies(ProviderOperations.Acquire, Late);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.", Leases.Fixed(Leases.Far)).ConfigureAwait(false);
        Expect.AtMost(Leases.Far - Late, handle.RemainingTime, $"With a reply that was {Late} late, the remaining time");
        Expect.AtLeast(Leases.Far / 2, handle.RemainingTime, "The remaining time of a new lease");
    }

    private static async Task RenewalCountsFromTheRequest(FactContext context)
    {
        var (locks, faults) = await context.FaultyLockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.", Leases.Fixed(Leases.Far)).ConfigureAwait(false);
        using var fault = faults.DelayReplies(ProviderOperations.Renew, Late);
        await handle.ExtendAsync(2 * Leases.Far, context.Token).ConfigureAwait(false);
        Expect.AtMost((2 * Leases.Far) - Late, handle.RemainingTime, $"With a reply that was {Late} late, the remaining time");
        Expect.AtLeast(Leases.Far, handle.RemainingTime, "The remaining time of an extended lease");
    }

    private static async Task LateGrantIsNoGrant(FactContext context)
    {
        var (locks, faults) = await context.FaultyLockAsync().ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        var fault = faults.HoldReplies(ProviderOperations.Acquire);
        var attempt = locks.TryAcquireAsync(context.Key, Leases.Fixed(context.Lapsing), context.Token).AsTask();
        await context.UntilAsync(() => faults.CountCalls(ProviderOperations.Acquire) > 0, "The engine should ask the store.").ConfigureAwait(false);
        if (context.IsServerEnforced)
        {
            await context.EventuallyAsync(other, context.Key, "A grant that nobody learnt of should lapse.").ConfigureAwait(false);
            fault.Dispose();
        }
        else
        {
            await context.PassAsync(2 * context.Lapsing).ConfigureAwait(false);
            fault.Dispose();
            await context.EventuallyAsync(other, context.Key, "A grant that came too late should be released.").ConfigureAwait(false);
        }

        try
        {
            Expect.Null(await attempt.ConfigureAwait(false), "A grant whose reply comes after its deadline should not become a handle.");
        }
        catch (DistributedLockUnavailableException)
        {
            // Nobody was seen to hold the key, so the caller is told that nothing is known.
        }

        await context.RefusedAsync(locks, context.Key, "The key's next holder should keep it.").ConfigureAwait(false);
    }

    private static async Task StoreEndsTheLease(FactContext context)
    {
        // Without an engine, so that nobody but the store can end the lease. Stores count in whole milliseconds.
        var rounding = TimeSpan.FromMilliseconds(2);
        var provider = await context.ProviderAsync().ConfigureAwait(false);
        var other = await context.ProviderAsync().ConfigureAwait(false);
        var lease = new LeaseReference(context.Key, $"first-{context.Run}");
        var request = new AcquireRequest { Key = lease.Key, OwnerId = lease.OwnerId, TimeToLive = context.Lapsing };

        var sent = Stopwatch.Start();
        Expect.True((await provider.TryAcquireAsync(request, context.Token).ConfigureAwait(false)).IsGranted, "A free key should be granted.");
        await LapsesAsync("second").ConfigureAwait(false);
        var replies = await provider.RenewAsync([new RenewalRequest(lease, Leases.Far)], context.Token).ConfigureAwait(false);
        Expect.Equal(RenewalOutcome.Lost, replies[0].Outcome, "The renewal of a lease that lapsed");

        request = request with { Key = context.NewKey(), TimeToLive = Leases.Far };
        Expect.True((await provider.TryAcquireAsync(request, context.Token).ConfigureAwait(false)).IsGranted, "A free key should be granted.");
        lease = lease with { Key = request.Key };
        sent = Stopwatch.Start();
        replies = await provider.RenewAsync([new RenewalRequest(lease, context.Lapsing)], context.Token).ConfigureAwait(false);
        Expect.Equal(RenewalOutcome.Renewed, replies[0].Outcome, "The renewal of a lease");
        await LapsesAsync("third").ConfigureAwait(false);

        async Task LapsesAsync(string owner)
        {
            var next = new AcquireRequest { Key = lease.Key, OwnerId = $"{owner}-{context.Run}", TimeToLive = Leases.Far };
            await context.UntilAsync(
                async () => (await other.TryAcquireAsync(next, context.Token).ConfigureAwait(false)).IsGranted, "A lease that is not renewed should lapse.")
                .ConfigureAwait(false);
            Expect.AtLeast(context.Lapsing - rounding, sent.Elapsed, "The time that a lease lasted");
            await other.ReleaseAsync(new LeaseReference(next.Key, next.OwnerId), context.Token).ConfigureAwait(false);
        }
    }

    private static async Task HandleFollowsTheDeadline(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.", Leases.Fixed(context.Lapsing)).ConfigureAwait(false);
        var sinceGrant = Stopwatch.Start();
        var last = handle.RemainingTime;
        Expect.AtMost(context.Lapsing, last, "The remaining time of a new lease");
        while (sinceGrant.Elapsed <= context.Lapsing)
        {
            var next = handle.RemainingTime;
            Expect.AtMost(last, next, "The remaining time, a moment later,");
            last = next;
            await context.PassAsync(TimeSpan.FromMilliseconds(5)).ConfigureAwait(false);
        }

        Expect.False(handle.IsHeld, "A lock should not be held after its deadline.");
        Expect.Equal(TimeSpan.Zero, handle.RemainingTime, "The remaining time after the deadline");
        await context.UntilAsync(() => handle.LostToken.IsCancellationRequested, "A lapsed lease should be signalled.").ConfigureAwait(false);
        Expect.False(await handle.ReleaseAsync(context.Token).ConfigureAwait(false), "The release of a lapsed lease should be false.");
    }

    private static async Task HungRenewalDelaysNothing(FactContext context)
    {
        var (locks, faults) = await context.FaultyLockAsync().ConfigureAwait(false);
        using var fault = faults.HoldRequests(ProviderOperations.Renew);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.", Leases.Renewed(context.Renewed)).ConfigureAwait(false);
        var sinceGrant = Stopwatch.Start();
        await context.UntilAsync(
            () => faults.CountCalls(ProviderOperations.Renew) > 0 || !handle.IsHeld, "A lease should be renewed before its deadline.").ConfigureAwait(false);
        Expect.True(faults.CountCalls(ProviderOperations.Renew) > 0, "A lease should be renewed before its deadline.");
        await context.UntilAsync(() => sinceGrant.Elapsed > context.Renewed, "Time should pass.").ConfigureAwait(false);
        Expect.False(handle.IsHeld, "A lock whose renewal hangs should end at its deadline.");
        await context.UntilAsync(() => handle.LostToken.IsCancellationRequested, "Its loss should be signalled.").ConfigureAwait(false);
    }

    private static async Task BlockedCallbackDelaysNobodyElse(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        using var unblock = new ManualResetEventSlim();
        try
        {
            await LoseAsync(context, locks, () => unblock.Wait(context.Token)).ConfigureAwait(false);
        }
        finally
        {
            unblock.Set();
        }
    }

    private static async Task ThrowingCallbackHarmsNobody(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        await LoseAsync(context, locks, () => throw new InvalidOperationException("A user's callback failed.")).ConfigureAwait(false);
    }

    /// <summary>One lock is lost with a callback that misbehaves; others are lost after it, and must be told.</summary>
    private static async Task LoseAsync(FactContext context, DistributedLock locks, Action misbehave)
    {
        var entered = 0;
        var bad = await context.AtOnceAsync(locks, context.NewKey(), "A free key should be granted.", Leases.Fixed(context.Lapsing)).ConfigureAwait(false);
        // Not disposed: that would wait for the callback to end.
        _ = bad.LostToken.Register(() =>
        {
            Interlocked.Increment(ref entered);
            misbehave();
        });
        await context.UntilAsync(() => Volatile.Read(ref entered) > 0, "A callback of a lost lock should run.").ConfigureAwait(false);

        // The callback alone does not keep the handle, whose loss nobody could observe otherwise.
        GC.KeepAlive(bad);
        for (var i = 0; i < 2; i++)
        {
            var good = await context.AtOnceAsync(locks, context.NewKey(), "A free key should be granted.", Leases.Fixed(context.Lapsing)).ConfigureAwait(false);
            await context.UntilAsync(() => good.LostToken.IsCancellationRequested, "The loss of another lock should be signalled.").ConfigureAwait(false);
        }
    }
}
