namespace DistributedLocking.Engine;

/// <summary>
/// What of a batch's replies the log should tell. Of a lock whose renewals fail it tells twice, when that begins and when it ends, and of all locks of a
/// batch at once: an outage of ten thousand locks is an entry or two.
/// </summary>
internal sealed class RenewalOutage(Clock clock)
{
    private Lease? _failing;
    private Exception? _error;
    private int _failingCount;
    private Lease? _recovered;
    private int _recoveredCount;

    internal void NoteFailed(Lease lease, Exception? error)
    {
        if (lease.IsRenewalFailing)
        {
            return;
        }

        lease.IsRenewalFailing = true;
        _failingCount++;
        if (_failing is null || lease.Deadline < _failing.Deadline)
        {
            (_failing, _error) = (lease, error);
        }
    }

    internal void NoteRenewed(Lease lease)
    {
        if (lease.IsRenewalFailing)
        {
            lease.IsRenewalFailing = false;
            _recoveredCount++;
            _recovered ??= lease;
        }
    }

    internal void Report(LockReporter reporter)
    {
        if (_failing is { } failing)
        {
            reporter.RenewalsFail(failing, _failingCount - 1, clock.Until(failing.Deadline), _error);
        }

        if (_recovered is { } recovered)
        {
            reporter.RenewalsWork(recovered, _recoveredCount - 1);
        }
    }
}
