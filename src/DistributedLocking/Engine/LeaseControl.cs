using System.Diagnostics.CodeAnalysis;
using DistributedLocking.Configuration;
using DistributedLocking.Providers;
using DistributedLocking.Telemetry;

namespace DistributedLocking.Engine;

/// <summary>What a handle can do with its lease: ask, extend, release.</summary>
internal sealed class LeaseControl(
    ILockProvider provider, Clock clock, LeaseKeeper keeper, HandOver handOver, OrphanCleaner cleaner, OperationCounter operations, LockReporter reporter)
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

        var reply = await keeper.Renewer.ExtendAsync(lease, timeToLive ?? lease.TimeToLive).WaitAsync(cancellationToken).ConfigureAwait(false);
        switch (reply.Outcome)
        {
            case RenewalOutcome.Renewed:
                return;
            case RenewalOutcome.Lost:
                throw new DistributedLockLostException();
            default:
                throw StoreFailure.Wrap(reply.Error);
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
            Log.ReleaseUnconfirmed(reporter.Logger, e, reporter.Name(lease.Gate.Key));
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
        operations.Begin();
        var isOurs = false;
        bool? wasOurs = null;
        try
        {
            // Asked before the state changes: a lease past its deadline ends as lost, not as released.
            isOurs = keeper.IsHeld(lease) && lease.TryRelease();
            if (!isOurs)
            {
                if (lease.IsLost)
                {
                    keeper.Forget(lease);
                }

                return false;
            }

            if (handOver.TryPassOn(lease))
            {
                isOurs = false;
                wasOurs = true;
                return true;
            }

            keeper.Remove(lease);
            var release = provider.ReleaseAsync(lease.Reference, CancellationToken.None);
            if (_isOrdered)
            {
                lease.Gate.Release(lease, keepRecord: false);
                isOurs = false;
            }

            wasOurs = await release.ConfigureAwait(false);
            return wasOurs.Value;
        }
        catch (Exception e)
        {
            wasOurs = true;
            cleaner.Clean(lease);
            throw StoreFailure.Wrap(e);
        }
        finally
        {
            if (isOurs)
            {
                lease.Gate.Release(lease, keepRecord: false);
            }

            // Last, since a logger may block: nobody is to wait for it.
            if (wasOurs is { } known)
            {
                reporter.Released(lease, known);
            }

            operations.End();
        }
    }
}
