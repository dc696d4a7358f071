using DistributedLocking.Engine.Leases;
using DistributedLocking.Engine.Time;
using DistributedLocking.Telemetry;

namespace DistributedLocking.Engine.Renewals;

/// <summary>
/// Tells the log of a time in which renewals fail twice, when it begins and when it ends, however many locks and tries
/// there are in between. What a single lock comes to is told by its loss.
/// </summary>
/// <param name="clock">The clock.</param>
/// <param name="reporter">Tells the log.</param>
/// <param name="anyFails">
/// Whether any lease that is held has <see cref="Lease.RenewalFails"/> set. Called under the lock of this.
/// </param>
internal sealed class RenewalOutage(Clock clock, LockReporter reporter, Func<bool> anyFails)
{
    private readonly object _lock = new();
    private bool _isOn;
    private bool _hasRenewed;
    private int _count;
    private long _lastFailure;

    internal void NoteFailed(Lease lease, Exception? error)
    {
        int? overBefore = null;
        lock (_lock)
        {
            if (_isOn && lease.GrantedAt > _lastFailure && !anyFails())
            {
                // All that failed have ended, and then the store granted this one: that outage was over unnoticed.
                overBefore = End();
            }

            _lastFailure = clock.Now;
            _count += lease.RenewalFails ? 0 : 1;
            lease.RenewalFails = true;
            if (_isOn)
            {
                return;
            }

            _isOn = true;
        }

        if (overBefore is { } count)
        {
            reporter.RenewalsWork(count);
        }

        reporter.RenewalsFail(lease, clock.Until(lease.Deadline), error);
    }

    internal void NoteRenewed(Lease lease)
    {
        lock (_lock)
        {
            _hasRenewed |= _isOn;
            lease.RenewalFails = false;
        }
    }

    /// <summary>The outage is over when something was renewed and nothing that is held fails still.</summary>
    internal void EndBatch()
    {
        int count;
        lock (_lock)
        {
            if (!_hasRenewed)
            {
                return;
            }

            _hasRenewed = false;
            if (anyFails())
            {
                return;
            }

            count = End();
        }

        reporter.RenewalsWork(count);
    }

    private int End()
    {
        var count = _count;
        (_isOn, _hasRenewed, _count) = (false, false, 0);
        return count;
    }
}
