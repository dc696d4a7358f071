using System.Runtime.CompilerServices;
using DistributedLocking.Engine.CleanUp;
using DistributedLocking.Engine.Gates;
using DistributedLocking.Engine.Leases;
using DistributedLocking.Engine.Plans;
using DistributedLocking.Engine.Renewals;
using DistributedLocking.Engine.Time;
using DistributedLocking.Providers;
using DistributedLocking.Telemetry;

namespace DistributedLocking.Engine.Acquiring;

/// <summary>One attempt at the store, and the lease that comes of it.</summary>
internal sealed class StoreAttempt(
    ILockProvider provider, Clock clock, LeaseKeeper keeper, LeaseRenewer renewer, LeaseHandOver handOver, OrphanCleaner cleaner, LockReporter reporter)
{
    private readonly bool _queues = provider.Capabilities.HasFlag(LockProviderCapabilities.Queue);

    /// <summary>
    /// Whether an attempt that may wait stays in the store's queue, and reports nothing until that is over.
    /// </summary>
    internal bool WaitsInStore { get; } =
        provider.Capabilities.HasFlag(LockProviderCapabilities.Queue) && !provider.Capabilities.HasFlag(LockProviderCapabilities.Notification);

    /// <summary>
    /// Whether a waiter may have a place in the store, to be given up: in a queue, or to keep readers from a writer.
    /// </summary>
    internal bool HasPlaces(LockMode mode) => _queues || mode != LockMode.Exclusive;

    /// <summary>What a caller is told whose wait ended before the store's answer came.</summary>
    internal static DistributedLockUnavailableException NoAnswer(Exception cause) =>
        new("The lock's store did not answer within the wait.", cause);

    /// <summary>What the store is asked.</summary>
    /// <param name="acquisition">The acquisition.</param>
    /// <param name="mayWait">Whether the attempt may wait in the store, or take a place in its queue.</param>
    internal AcquireRequest Request(in Acquisition acquisition, bool mayWait) => new()
    {
        Key = acquisition.Key,
        OwnerId = acquisition.OwnerId,
        TimeToLive = acquisition.Plan.TimeToLive,
        StoreWait = mayWait && HasPlaces(acquisition.Plan.Mode) && !acquisition.Plan.IsSingleAttempt ? clock.Until(acquisition.GiveUpAt) : TimeSpan.Zero,
        Tokens = handOver.TokensFor(acquisition.Gate),
        Mode = acquisition.Plan.Mode,
        Limit = acquisition.Plan.Limit,
    };

    /// <summary>Asks once.</summary>
    /// <param name="acquisition">The acquisition.</param>
    /// <param name="mayWait">Whether the attempt may wait in the store; the answer comes at once if not.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<AcquisitionResult> RunAsync(Acquisition acquisition, bool mayWait, CancellationToken cancellationToken)
    {
        var request = Request(acquisition, mayWait);
        using var limit = acquisition.IsBounded
            ? new AttemptLimit(clock, acquisition.GiveUpAt, request.StoreWait > TimeSpan.Zero, cancellationToken)
            : default;
        var sentAt = clock.Now;
        AcquireReply reply;
        try
        {
            reply = await provider.TryAcquireAsync(request, limit.TokenOr(cancellationToken)).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            CleanUp(acquisition, request, e);
            return cancellationToken.IsCancellationRequested
                ? throw new OperationCanceledException("The acquisition was cancelled.", e, cancellationToken)
                : NotAnswered(acquisition, limit, e);
        }

        if (!reply.IsGranted)
        {
            // In a queue that tells nothing, the asker learns of a release at once; else when it watches, which it does
            // not yet.
            acquisition.ReportHeld(WaitsInStore ? Clock.Never : clock.After(clock.Now, RetryPace.Net));
            return AcquisitionResult.Held(new HeldByOther(reply.HolderExpiresIn, sentAt, request.StoreWait != TimeSpan.Zero));
        }

        return reply.Offer is null
            ? Take(acquisition, reply, acquisition.Plan.TimeToLive, sentAt, cancellationToken)
            : await TakeOfferedAsync(acquisition, reply, limit, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Makes a lease of an offer that the store made to a waiter. It was made after the store had last answered "not
    /// granted", so it lasts at least for its length from when that was asked: the lease starts with that much, and is
    /// renewed at once in the background. Where little is left, or others here would be handed so short a lease, the
    /// renewal is awaited.
    /// </summary>
    /// <returns>What came of it; null when there was none, or when it has lapsed.</returns>
    internal ValueTask<AcquisitionResult?> TakeOfferAsync(
        Acquisition acquisition, AcquireReply? told, long? askedAt, CancellationToken cancellationToken) =>
        told is not { IsGranted: true } grant ? default
        : grant.Offer is { } offer && offer < acquisition.Plan.TimeToLive && acquisition.Plan.AutoRenew && !handOver.IsLikely(acquisition.Gate)
            && askedAt is { } asked && clock.Until(clock.After(asked, offer)) > offer / 4
            ? new(Take(acquisition, grant, offer, asked, cancellationToken))
            : ConfirmAsync(acquisition, grant, cancellationToken);

    /// <summary>Makes a lease of an offer that the attempt itself got, after a wait in the store.</summary>
    private async ValueTask<AcquisitionResult> TakeOfferedAsync(
        Acquisition acquisition, AcquireReply offer, AttemptLimit limit, CancellationToken cancellationToken)
    {
        try
        {
            return await ConfirmAsync(acquisition, offer, limit.TokenOr(cancellationToken)).ConfigureAwait(false)

                // Nobody was seen to hold the lock: this must not look like contention.
                ?? acquisition.Fail(new DistributedLockUnavailableException("The store's grant had ended before it was confirmed."));
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            return NotAnswered(acquisition, limit, e);
        }
    }

    /// <summary>
    /// Makes a lease of a grant. A store's offer was made at an unknown time before it was received, so the answer to a
    /// renewal proves that the lease is ours, and for how long.
    /// </summary>
    /// <returns>What came of it; null when the store says that the owner holds nothing.</returns>
    private async ValueTask<AcquisitionResult?> ConfirmAsync(Acquisition acquisition, AcquireReply grant, CancellationToken cancellationToken)
    {
        var sentAt = clock.Now;
        var timeToLive = acquisition.Plan.TimeToLive;
        var offer = acquisition.Owner;
        RenewalReply reply;
        try
        {
            reply = await renewer.ConfirmAsync(offer, timeToLive).WaitAsync(timeToLive, clock.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            // What is confirmed later has ended here already.
            reply = new RenewalReply(RenewalOutcome.Unknown, e);
        }
        catch (OperationCanceledException)
        {
            cleaner.Clean(offer, clock.After(clock.Now, timeToLive));
            throw;
        }

        switch (reply.Outcome)
        {
            case RenewalOutcome.Renewed:
                return Take(acquisition, grant, timeToLive, sentAt, cancellationToken);
            case RenewalOutcome.Lost:
                return null;
            default:
                cleaner.Clean(offer, clock.After(clock.Now, timeToLive));
                return acquisition.Fail(StoreErrors.Wrap(reply.Error));
        }
    }

    /// <summary>
    /// Makes a lease of a grant, unless it comes too late to be relied on or for a caller that has gone.
    /// </summary>
    private AcquisitionResult Take(
        in Acquisition acquisition, AcquireReply grant, TimeSpan length, long sentAt, CancellationToken cancellationToken)
    {
        var plan = acquisition.Plan;
        var receivedAt = clock.Now;
        var lease = new Lease(acquisition.Gate, acquisition.OwnerId, grant.FencingToken, plan, receivedAt)
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
                reporter.SlowGrant(acquisition.Key, clock.Time.GetElapsedTime(sentAt, receivedAt), plan.TimeToLive);
            }

            return AcquisitionResult.Granted(lease);
        }

        cleaner.Clean(lease.Reference, clock.After(receivedAt, plan.TimeToLive));
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(!isTooLate, typeof(DistributedLock));
        return acquisition.Fail(new DistributedLockUnavailableException("The store's grant arrived after its lease had ended."));
    }

    /// <summary>After a failed attempt: it may still be granted, and last from then on.</summary>
    private void CleanUp(in Acquisition acquisition, AcquireRequest request, Exception error)
    {
        var owner = acquisition.Owner;
        var until = clock.After(clock.Now, acquisition.Plan.TimeToLive);
        if (!StoreErrors.IsUnsent(error))
        {
            cleaner.Clean(owner, until);
        }

        if (request.StoreWait != TimeSpan.Zero)
        {
            // Even if this request was never sent: an earlier one of the same wait may have taken a place.
            cleaner.Leave(owner, until);
        }
    }

    private static AcquisitionResult NotAnswered(in Acquisition acquisition, AttemptLimit limit, Exception error) =>
        limit.IsOver

            // Not told to others: the store has not failed them yet, and their waits are their own.
            ? AcquisitionResult.Failed(NoAnswer(error))
            : acquisition.Fail(StoreErrors.Wrap(error));
}
