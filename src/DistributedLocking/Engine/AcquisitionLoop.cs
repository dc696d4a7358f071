using System.Runtime.CompilerServices;
using DistributedLocking.Providers;

namespace DistributedLocking.Engine;

/// <summary>Asks the store for a key, again and again while the caller's budget lasts. The caller has the key's turn in this process.</summary>
internal sealed class AcquisitionLoop(ILockProvider provider, Clock clock, LeaseKeeper keeper, OrphanCleaner cleaner, LockReporter reporter)
{
    /// <summary>The least time that an attempt gets although the caller's budget is over: enough for a round trip to a healthy store.</summary>
    private static readonly TimeSpan AttemptGrace = TimeSpan.FromSeconds(1);

    /// <summary>Whether the store keeps waiters in a queue of its own, so that an attempt lasts as long as the caller's budget.</summary>
    internal bool WaitsInStore { get; } = provider.Capabilities.HasFlag(LockProviderCapabilities.Queue);

    /// <summary>Asks once.</summary>
    internal ValueTask<AcquisitionResult> TryOnceAsync(
        LocalGate gate, AcquirePlan plan, string ownerId, long giveUpAt, CancellationToken cancellationToken)
    {
        var request = Request(gate, plan, ownerId) with { StoreWait = WaitsInStore ? clock.Until(giveUpAt) : TimeSpan.Zero };
        return plan.IsBudgetExplicit && giveUpAt != Clock.Never
            ? BoundedAttemptAsync(gate, plan, request, giveUpAt, cancellationToken)
            : AttemptAsync(gate, plan, request, cancellationToken);
    }

    /// <summary>Goes on asking after a first attempt that did not succeed.</summary>
    internal async ValueTask<AcquisitionResult> ContinueAsync(
        AcquisitionResult last, LocalGate gate, AcquirePlan plan, string ownerId, long giveUpAt, CancellationToken cancellationToken)
    {
        var waiter = new KeyWaiter(provider, clock, reporter, plan.Retry, gate.Key);
        try
        {
            while (last.Lease is null && last.Failure is not { IsTransient: false } && clock.Until(giveUpAt) is var remaining && remaining != TimeSpan.Zero)
            {
                if (last.Failure is not null)
                {
                    // The failed attempt's owner is being cleaned up and must not come to hold the lock again.
                    ownerId = OwnerId.New();
                }

                var grant = await waiter.PauseAsync(Request(gate, plan, ownerId), last, remaining, cancellationToken).ConfigureAwait(false);
                last = grant is { IsGranted: true } granted
                    ? await ConfirmAsync(gate, plan, ownerId, granted.FencingToken, cancellationToken).ConfigureAwait(false)
                    : await TryOnceAsync(gate, plan, ownerId, giveUpAt, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            await waiter.DisposeAsync().ConfigureAwait(false);
            if (last.Lease is null && WaitsInStore)
            {
                cleaner.Leave(new LeaseReference(gate.Key, ownerId));
            }
        }

        return last;
    }

    private static AcquireRequest Request(LocalGate gate, AcquirePlan plan, string ownerId) =>
        new() { Key = gate.Key, OwnerId = ownerId, TimeToLive = plan.TimeToLive };

    /// <summary>One attempt that a hung store can't draw out far beyond the wait that the caller named.</summary>
    private async ValueTask<AcquisitionResult> BoundedAttemptAsync(
        LocalGate gate, AcquirePlan plan, AcquireRequest request, long giveUpAt, CancellationToken cancellationToken)
    {
        // A store that waits to the end of the budget answers a little after it.
        var remaining = clock.Until(giveUpAt) + (request.StoreWait > TimeSpan.Zero ? AttemptGrace : TimeSpan.Zero);
        using var timeout = new CancellationTokenSource(remaining > AttemptGrace ? remaining : AttemptGrace, clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await AttemptAsync(gate, plan, request, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            return Fail(gate, new DistributedLockUnavailableException("The lock's store did not answer within the wait.", e));
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<AcquisitionResult> AttemptAsync(LocalGate gate, AcquirePlan plan, AcquireRequest request, CancellationToken cancellationToken)
    {
        var ownerId = request.OwnerId;
        var sentAt = clock.Now;
        AcquireReply reply;
        try
        {
            reply = await provider.TryAcquireAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            cleaner.Clean(new LeaseReference(gate.Key, ownerId), clock.After(sentAt, plan.TimeToLive));
            if (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException("The acquisition was cancelled.", e, cancellationToken);
            }

            return Fail(gate, StoreFailure.Wrap(e));
        }

        if (reply.IsGranted)
        {
            return reply.Offer is null
                ? Take(gate, plan, ownerId, reply.FencingToken, sentAt, cancellationToken)
                : await ConfirmAsync(gate, plan, ownerId, reply.FencingToken, cancellationToken).ConfigureAwait(false);
        }

        gate.ReportHeld();
        return AcquisitionResult.Held(reply.HolderExpiresIn);
    }

    /// <summary>
    /// Makes a lease of a grant. A store's offer was made at an unknown time before it was received, so only the answer to a renewal proves that the
    /// lease is ours, and for how long.
    /// </summary>
    private async ValueTask<AcquisitionResult> ConfirmAsync(LocalGate gate, AcquirePlan plan, string ownerId, long fencingToken, CancellationToken cancellationToken)
    {
        var sentAt = clock.Now;
        var offer = new LeaseReference(gate.Key, ownerId);
        RenewalReply reply;
        try
        {
            reply = await keeper.Renewer.ConfirmAsync(offer, plan.TimeToLive).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            cleaner.Clean(offer, clock.After(clock.Now, plan.TimeToLive));
            throw;
        }

        switch (reply.Outcome)
        {
            case RenewalOutcome.Renewed:
                return Take(gate, plan, ownerId, fencingToken, sentAt, cancellationToken);
            case RenewalOutcome.Lost:
                // Nobody was seen to hold the lock: this must not look like contention.
                return Fail(gate, new DistributedLockUnavailableException("The store's grant had ended before it was confirmed."));
            default:
                cleaner.Clean(offer, clock.After(sentAt, plan.TimeToLive));
                return Fail(gate, StoreFailure.Wrap(reply.Error));
        }
    }

    /// <summary>Makes a lease of a grant, unless it comes too late to be relied on or for a caller that has gone.</summary>
    private AcquisitionResult Take(LocalGate gate, AcquirePlan plan, string ownerId, long fencingToken, long sentAt, CancellationToken cancellationToken)
    {
        var receivedAt = clock.Now;
        var lease = new Lease(gate, ownerId, fencingToken, plan, receivedAt) { HoldEnd = clock.After(receivedAt, plan.MaxHoldTime) };
        lease.Deadline = clock.After(sentAt, LeaseTerms.Usable(plan.TimeToLive));
        lease.NextRenewal = plan.AutoRenew ? clock.After(sentAt, lease.RenewalInterval) : Clock.Never;
        var isTooLate = receivedAt >= lease.Deadline;
        if (!isTooLate && !cancellationToken.IsCancellationRequested && keeper.Add(lease))
        {
            reporter.SlowGrant(gate.Key, clock.Time.GetElapsedTime(sentAt, receivedAt), plan.TimeToLive);
            return AcquisitionResult.Granted(lease);
        }

        cleaner.Clean(lease.Reference, clock.After(sentAt, plan.TimeToLive));
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(!isTooLate, typeof(DistributedLock));
        return Fail(gate, new DistributedLockUnavailableException("The store's grant arrived after its lease had ended."));
    }

    private static AcquisitionResult Fail(LocalGate gate, DistributedLockUnavailableException failure)
    {
        gate.ReportFailure(failure);
        return AcquisitionResult.Failed(failure);
    }
}
