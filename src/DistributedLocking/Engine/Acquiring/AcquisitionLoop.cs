using DistributedLocking.Engine.CleanUp;
using DistributedLocking.Engine.Gates;
using DistributedLocking.Engine.Time;
using DistributedLocking.Providers;
using DistributedLocking.Telemetry;

namespace DistributedLocking.Engine.Acquiring;

/// <summary>
/// Asks the store again and again, after a first attempt without success, while the caller's budget lasts.
/// </summary>
internal sealed class AcquisitionLoop(ILockProvider provider, Clock clock, StoreAttempt attempt, OrphanCleaner cleaner, LockReporter reporter)
{
    internal async ValueTask<AcquisitionResult> RunAsync(Acquisition acquisition, AcquisitionResult first, CancellationToken cancellationToken)
    {
        var last = first;
        var wait = new RetryWait(provider, clock, reporter, acquisition.Gate, acquisition.Plan.Retry);
        try
        {
            while (IsWorthAnother(last) && HasTimeLeft(acquisition))
            {
                if (last.Failure is not null)
                {
                    // The failed attempt's owner is being cleaned up and must not come to hold the lock again.
                    acquisition = acquisition with { OwnerId = OwnerId.New() };
                }

                last = await TryAgainAsync(acquisition, last, wait, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            await wait.DisposeAsync().ConfigureAwait(false);
            if (last.Lease is null && attempt.HasPlaces(acquisition.Plan.Mode))
            {
                cleaner.Leave(acquisition.Owner, clock.After(clock.Now, acquisition.Plan.TimeToLive));
            }
        }

        return last;
    }

    private static bool IsWorthAnother(AcquisitionResult last) => last.Lease is null && last.Failure is not { IsTransient: false };

    private bool HasTimeLeft(in Acquisition acquisition) => clock.Until(acquisition.GiveUpAt) != TimeSpan.Zero;

    /// <summary>Pauses, unless the next attempt waits in the store, and asks once more.</summary>
    private async ValueTask<AcquisitionResult> TryAgainAsync(
        Acquisition acquisition, AcquisitionResult last, RetryWait wait, CancellationToken cancellationToken)
    {
        // Into a queue that tells nothing only when the lock was seen held, and then at once: what was seen is what the
        // callers behind this one are told meanwhile.
        var mayWait = !attempt.WaitsInStore || last.Answer is not null;
        var waitsInStoreNow = attempt.WaitsInStore && last.Answer is { HasQueued: false };
        AcquireReply? grant = null;
        if (!waitsInStoreNow)
        {
            var request = attempt.Request(acquisition, mayWait);
            grant = await wait.PauseAsync(request, last, clock.Until(acquisition.GiveUpAt), cancellationToken).ConfigureAwait(false);
        }

        // An offer that has lapsed took the place in the queue with it.
        return await attempt.TakeOfferAsync(acquisition, grant, last.Answer?.AskedAt, cancellationToken).ConfigureAwait(false)
            ?? await attempt.RunAsync(acquisition, mayWait, cancellationToken).ConfigureAwait(false);
    }
}
