using System.Runtime.CompilerServices;
using DistributedLocking.Providers;

namespace DistributedLocking.Engine;

/// <summary>Asks the store for a key, again and again while the caller's budget lasts. The caller has the key's turn in this process.</summary>
internal sealed class AcquisitionLoop(
    ILockProvider provider, Clock clock, LeaseKeeper keeper, HandOver handOver, OrphanCleaner cleaner, LockReporter reporter)
{
    /// <summary>The least time that an attempt gets although the caller's budget is over: enough for a round trip to a healthy store.</summary>
    internal static readonly TimeSpan AttemptGrace = TimeSpan.FromSeconds(1);

    private readonly bool _queues = provider.Capabilities.HasFlag(LockProviderCapabilities.Queue);

    /// <summary>Whether an attempt that may wait stays in the store's queue, and reports nothing until that is over.</summary>
    private readonly bool _waitsInStore =
        provider.Capabilities.HasFlag(LockProviderCapabilities.Queue) && !provider.Capabilities.HasFlag(LockProviderCapabilities.Notification);

    /// <summary>What a caller is told whose wait ended before the store's answer came.</summary>
    internal static DistributedLockUnavailableException NoAnswer(Exception cause) =>
        new("The lock's store did not answer within the wait.", cause);

    /// <summary>Asks once. The answer comes at once: where an attempt can wait in the store, this one does not.</summary>
    internal ValueTask<AcquisitionResult> TryOnceAsync(
        LocalGate gate, AcquirePlan plan, string ownerId, long giveUpAt, CancellationToken cancellationToken) =>
        AskAsync(gate, plan, ownerId, mayWait: !_waitsInStore, giveUpAt, cancellationToken);

    /// <summary>Goes on asking after a first attempt that did not succeed.</summary>
    internal async ValueTask<AcquisitionResult> ContinueAsync(
        AcquisitionResult last, LocalGate gate, AcquirePlan plan, string ownerId, long giveUpAt, CancellationToken cancellationToken)
    {
        var waiter = new KeyWaiter(provider, clock, reporter, gate, plan.Retry);
        try
        {
            while (IsWorthAnother(last) && clock.Until(giveUpAt) is var remaining && remaining != TimeSpan.Zero)
            {
                if (last.Failure is not null)
                {
                    // The failed attempt's owner is being cleaned up and must not come to hold the lock again.
                    ownerId = OwnerId.New();
                }

                // Into a queue that tells nothing only when the lock was seen held, and then at once: what was seen is what
                // the callers behind this one are told meanwhile.
                var mayWait = !_waitsInStore || last.Answer is not null;
                AcquireReply? grant = null;
                if (!_waitsInStore || last.Answer is not { HasQueued: false })
                {
                    var request = Request(gate, plan, ownerId, mayWait, giveUpAt);
                    grant = await waiter.PauseAsync(request, last, remaining, cancellationToken).ConfigureAwait(false);
                }

                // An offer that has lapsed took the place in the queue with it.
                var askedAt = last.Answer?.AskedAt;
                last = await TakeOfferAsync(gate, plan, ownerId, grant, askedAt, cancellationToken).ConfigureAwait(false)
                    ?? await AskAsync(gate, plan, ownerId, mayWait, giveUpAt, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            await waiter.DisposeAsync().ConfigureAwait(false);
            if (last.Lease is null && _queues)
            {
                cleaner.Leave(new LeaseReference(gate.Key, ownerId), clock.After(clock.Now, plan.TimeToLive));
            }
        }

        return last;
    }

    private static bool IsWorthAnother(AcquisitionResult last) => last.Lease is null && last.Failure is not { IsTransient: false };

    private AcquireRequest Request(LocalGate gate, AcquirePlan plan, string ownerId, bool mayWait, long giveUpAt) => new()
    {
        Key = gate.Key,
        OwnerId = ownerId,
        TimeToLive = plan.TimeToLive,
        StoreWait = mayWait && _queues && !plan.IsSingleAttempt ? clock.Until(giveUpAt) : TimeSpan.Zero,
        Tokens = handOver.TokensFor(gate),
    };

    private ValueTask<AcquisitionResult> AskAsync(
        LocalGate gate, AcquirePlan plan, string ownerId, bool mayWait, long giveUpAt, CancellationToken cancellationToken)
    {
        var request = Request(gate, plan, ownerId, mayWait, giveUpAt);
        return plan.IsBudgetExplicit && giveUpAt != Clock.Never
            ? BoundedAttemptAsync(gate, plan, request, giveUpAt, cancellationToken)
            : AttemptAsync(gate, plan, request, cancellationToken);
    }

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
            // Not told to others: the store has not failed them yet, and their waits are their own.
            return AcquisitionResult.Failed(NoAnswer(e));
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
            // It may still be granted, and last from then on.
            var owner = new LeaseReference(gate.Key, ownerId);
            var until = clock.After(clock.Now, plan.TimeToLive);
            if (!StoreFailure.IsUnsent(e))
            {
                cleaner.Clean(owner, until);
            }

            if (request.StoreWait != TimeSpan.Zero)
            {
                // Even if this request was never sent: an earlier one of the same wait may have taken a place.
                cleaner.Leave(owner, until);
            }

            if (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException("The acquisition was cancelled.", e, cancellationToken);
            }

            return Fail(gate, StoreFailure.Wrap(e));
        }

        if (reply.IsGranted)
        {
            return reply.Offer is null
                ? Take(gate, plan, ownerId, reply, plan.TimeToLive, sentAt, cancellationToken)
                : await ConfirmAsync(gate, plan, ownerId, reply, cancellationToken).ConfigureAwait(false)

                // Nobody was seen to hold the lock: this must not look like contention.
                ?? Fail(gate, new DistributedLockUnavailableException("The store's grant had ended before it was confirmed."));
        }

        // In a queue that tells nothing, the asker learns of a release at once; else when it watches, which it does not yet.
        gate.ReportHeld(_waitsInStore ? Clock.Never : clock.After(clock.Now, WaitPace.Net));
        return AcquisitionResult.Held(new HeldAnswer(reply.HolderExpiresIn, sentAt, request.StoreWait != TimeSpan.Zero));
    }

    /// <summary>
    /// Makes a lease of an offer that the store made to a waiter. It was made after the store had last answered "not granted", so it lasts at least for
    /// its length from when that was asked: the lease starts with that much, and is renewed at once in the background. Where little is left, or
    /// others here would be handed so short a lease, the renewal is awaited.
    /// </summary>
    /// <returns>What came of it; null when there was none, or when it has lapsed.</returns>
    private ValueTask<AcquisitionResult?> TakeOfferAsync(
        LocalGate gate, AcquirePlan plan, string ownerId, AcquireReply? told, long? askedAt, CancellationToken cancellationToken) =>
        told is not { IsGranted: true } grant ? default
        : grant.Offer is { } offer && offer < plan.TimeToLive && plan.AutoRenew && !handOver.IsLikely(gate)
            && askedAt is { } asked && clock.Until(clock.After(asked, offer)) > offer / 4
            ? new(Take(gate, plan, ownerId, grant, offer, asked, cancellationToken))
            : ConfirmAsync(gate, plan, ownerId, grant, cancellationToken);

    /// <summary>
    /// Makes a lease of a grant. A store's offer was made at an unknown time before it was received, so the answer to a renewal proves that the lease is
    /// ours, and for how long.
    /// </summary>
    /// <returns>What came of it; null when the store says that the owner holds nothing.</returns>
    private async ValueTask<AcquisitionResult?> ConfirmAsync(LocalGate gate, AcquirePlan plan, string ownerId, AcquireReply grant, CancellationToken cancellationToken)
    {
        var sentAt = clock.Now;
        var offer = new LeaseReference(gate.Key, ownerId);
        RenewalReply reply;
        try
        {
            reply = await keeper.Renewer.ConfirmAsync(offer, plan.TimeToLive).WaitAsync(plan.TimeToLive, clock.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            // What is confirmed later has ended here already.
            reply = new RenewalReply(RenewalOutcome.Unknown, e);
        }
        catch (OperationCanceledException)
        {
            cleaner.Clean(offer, clock.After(clock.Now, plan.TimeToLive));
            throw;
        }

        switch (reply.Outcome)
        {
            case RenewalOutcome.Renewed:
                return Take(gate, plan, ownerId, grant, plan.TimeToLive, sentAt, cancellationToken);
            case RenewalOutcome.Lost:
                return null;
            default:
                cleaner.Clean(offer, clock.After(clock.Now, plan.TimeToLive));
                return Fail(gate, StoreFailure.Wrap(reply.Error));
        }
    }

    /// <summary>Makes a lease of a grant, unless it comes too late to be relied on or for a caller that has gone.</summary>
    private AcquisitionResult Take(
        LocalGate gate, AcquirePlan plan, string ownerId, AcquireReply grant, TimeSpan length, long sentAt, CancellationToken cancellationToken)
    {
        var receivedAt = clock.Now;
        var lease = new Lease(gate, ownerId, grant.FencingToken, plan, receivedAt)
        {
            HoldEnd = clock.After(receivedAt, plan.MaxHoldTime),
            Chain = grant.Tokens > 1 ? new HandOverChain(grant.FencingToken + grant.Tokens - 1, receivedAt) : null,
        };
        lease.Deadline = clock.After(sentAt, LeaseTerms.Usable(length));
        lease.NextRenewal = length < plan.TimeToLive && plan.AutoRenew ? receivedAt : lease.RenewalAfter(clock, sentAt, length);
        var isTooLate = receivedAt >= lease.Deadline;
        if (!isTooLate && !cancellationToken.IsCancellationRequested && keeper.Add(lease))
        {
            if (length == plan.TimeToLive)
            {
                reporter.SlowGrant(gate.Key, clock.Time.GetElapsedTime(sentAt, receivedAt), plan.TimeToLive);
            }

            return AcquisitionResult.Granted(lease);
        }

        cleaner.Clean(lease.Reference, clock.After(receivedAt, plan.TimeToLive));
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
