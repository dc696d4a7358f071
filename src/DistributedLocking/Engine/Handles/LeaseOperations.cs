using System.Diagnostics.CodeAnalysis;
using DistributedLocking.Configuration;
using DistributedLocking.Engine.CleanUp;
using DistributedLocking.Engine.Leases;
using DistributedLocking.Engine.Renewals;
using DistributedLocking.Engine.Time;
using DistributedLocking.Providers;
using DistributedLocking.Telemetry;

namespace DistributedLocking.Engine.Handles;

/// <summary>What a handle can do with its lease: ask, extend, release.</summary>
internal sealed class LeaseOperations(
    ILockProvider provider, Clock clock, LeaseKeeper keeper, LeaseRenewer renewer, LeaseHandOver handOver, OrphanCleaner cleaner, CallsInFlight calls, LockReporter reporter)
{
    /// <summary>A dispose of a handle waits no longer than this for a store that does not answer.</summary>
    private static readonly TimeSpan DisposeBound = TimeSpan.FromSeconds(1);

    private readonly bool _isOrdered = provider.Capabilities.HasFlag(LockProviderCapabilities.Ordered);

    internal bool IsHeld(Lease lease) => keeper.IsHeld(lease);

    internal TimeSpan RemainingTime(Lease lease) => keeper.IsHeld(lease) ? clock.Until(lease.Deadline) : TimeSpan.Zero;

    internal async ValueTask ExtendAsync(Lease lease, TimeSpan? timeToLive, CancellationToken cancellationToken)
    {
        OptionRules.CheckTimeToLive(timeToLive, nameof(timeToLive), nameof(timeToLive));
        cancellationToken.ThrowIfCancellationRequested();
        if (!keeper.IsHeld(lease))
        {
            throw new DistributedLockLostException();
        }

        var reply = await renewer.ExtendAsync(lease, timeToLive ?? lease.TimeToLive).WaitAsync(cancellationToken).ConfigureAwait(false);
        switch (reply.Outcome)
        {
            case RenewalOutcome.Renewed:
                return;
            case RenewalOutcome.Lost:
                throw new DistributedLockLostException();
            default:
                throw StoreErrors.Wrap(reply.Error);
        }
    }

    /// <summary>Releases what a handle holds. The caller's cancellation ends its waiting, not the release.</summary>
    internal ValueTask<bool> ReleaseAsync(Lease lease, CancellationToken cancellationToken)
    {
        var release = ReleaseAsync(lease);
        if (!cancellationToken.CanBeCanceled || release.IsCompleted)
        {
            return release;
        }

        var task = release.AsTask();
        task.Observe();
        return new(task.WaitAsync(cancellationToken));
    }

    /// <summary>Releases without an exception and within a short bound, for disposal.</summary>
    internal async ValueTask ReleaseQuietlyAsync(Lease lease)
    {
        Task? pending = null;
        try
        {
            var release = ReleaseAsync(lease);
            if (release.IsCompletedSuccessfully)
            {
                return;
            }

            pending = release.AsTask();
            await pending.WaitAsync(DisposeBound, clock.Time).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            pending?.Observe();
            reporter.ReleaseUnconfirmed(lease.Key, e);
        }
    }

    /// <summary>The same for code that can't await.</summary>
    [SuppressMessage(
        "Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "IDisposable.Dispose has to block; the wait is bounded.")]
    internal void ReleaseQuietly(Lease lease)
    {
        var release = ReleaseQuietlyAsync(lease);
        if (!release.IsCompleted)
        {
            release.AsTask().Wait(DisposeBound);
        }
    }

    private async ValueTask<bool> ReleaseAsync(Lease lease)
    {
        calls.Begin();
        var mustEndHold = false;
        bool? wasOurs = null;
        try
        {
            // Asked before the state changes: a lease past its deadline ends as lost, not as released.
            mustEndHold = keeper.IsHeld(lease) && lease.TryRelease();
            if (!mustEndHold)
            {
                if (lease.IsLost)
                {
                    keeper.Forget(lease);
                }

                return false;
            }

            if (handOver.TryPassOn(lease))
            {
                mustEndHold = false;
                wasOurs = true;
                return true;
            }

            keeper.Remove(lease);
            var release = provider.ReleaseAsync(lease.Reference, CancellationToken.None);
            if (_isOrdered)
            {
                lease.Gate.Release(lease, keepRecord: false);
                mustEndHold = false;
            }

            wasOurs = await release.ConfigureAwait(false);
            return wasOurs.Value;
        }
        catch (Exception e)
        {
            wasOurs = true;
            cleaner.CleanLease(lease.Reference, lease.LongestTimeToLive);
            throw StoreErrors.Wrap(e);
        }
        finally
        {
            if (mustEndHold)
            {
                lease.Gate.Release(lease, keepRecord: false);
            }

            // Last, since a logger may block: nobody is to wait for it.
            if (wasOurs is { } known)
            {
                reporter.Released(lease, known);
            }

            calls.End();
        }
    }
}
