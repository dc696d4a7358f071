namespace DistributedLocking.Engine;

/// <summary>
/// Tells the log of a time in which renewals fail twice, when it begins and when it ends, however many locks and tries there are in between. What a single
/// lock comes to is told by its loss.
/// </summary>
internal sealed class RenewalOutage(Clock clock, LockReporter reporter)
{
    private readonly object _lock = new();
    private readonly HashSet<Lease> _failing = [];
    private bool _isOn;
    private bool _hasRenewed;
    private int _count;

    internal void NoteFailed(Lease lease, Exception? error)
    {
        lock (_lock)
        {
            _count += _failing.Add(lease) ? 1 : 0;
            if (_isOn)
            {
                return;
            }

            _isOn = true;
        }

        reporter.RenewalsFail(lease, clock.Until(lease.Deadline), error);
    }

    internal void NoteRenewed(Lease lease)
    {
        lock (_lock)
        {
            _hasRenewed |= _isOn;
            _failing.Remove(lease);
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
            _failing.RemoveWhere(static lease => !lease.IsHeldState);
            if (_failing.Count > 0)
            {
                return;
            }

            _isOn = false;
            (count, _count) = (_count, 0);
        }

        reporter.RenewalsWork(count);
    }
}
