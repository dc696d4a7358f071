using DistributedLocking.Engine.CleanUp;
using DistributedLocking.Engine.Plans;
using DistributedLocking.Engine.Time;
using DistributedLocking.Telemetry;

namespace DistributedLocking.Engine.Leases;

/// <summary>
/// Watches over all held leases of a lock with one alarm: hands each on when its renewal is due, and ends it when its
/// deadline has passed, whatever the network or the thread pool do meanwhile.
/// </summary>
internal sealed class LeaseKeeper : IDisposable
{
    private readonly object _lock = new();
    private readonly LeaseTimetable _timetable = new();
    private readonly Clock _clock;
    private readonly OrphanCleaner _cleaner;
    private readonly LockReporter _reporter;
    private readonly Action<List<Lease>> _renew;
    private readonly Alarm _alarm;
    private bool _stopped;

    /// <param name="clock">The clock.</param>
    /// <param name="cleaner">Releases in the store what has ended here.</param>
    /// <param name="reporter">Tells of losses.</param>
    /// <param name="renew">
    /// Takes leases whose renewal is due; called on the lease clock's thread, which it must not hold up.
    /// </param>
    internal LeaseKeeper(Clock clock, OrphanCleaner cleaner, LockReporter reporter, Action<List<Lease>> renew)
    {
        _clock = clock;
        _cleaner = cleaner;
        _reporter = reporter;
        _renew = renew;
        _alarm = Alarm.Create("DistributedLocking lease clock", clock, OnAlarm);
    }

    /// <summary>
    /// Makes a lease that was just granted its gate's holder and starts to watch it, in one step: were it watched
    /// first, it could end before the gate knows whose turn that ends. False when the keeper has stopped; the lease is
    /// then nobody's.
    /// </summary>
    internal bool Add(Lease lease)
    {
        try
        {
            lock (_lock)
            {
                if (_stopped)
                {
                    return false;
                }

                // First: a lease that can't be watched leaves no holder behind.
                Schedule(lease, Math.Min(lease.NextRenewal, lease.Deadline));
                lease.Gate.SetHolder(lease);
            }

            return true;
        }
        catch (Exception)
        {
            _cleaner.CleanLease(lease.Reference, lease.LongestTimeToLive);
            throw;
        }
    }

    /// <summary>
    /// Hands a released lease on to the next caller that waits here, and watches over it for that one. False when that
    /// can't be done.
    /// </summary>
    internal bool TryHandOver(Lease ended, Func<AcquirePlan, Lease?> passOn)
    {
        lock (_lock)
        {
            if (_stopped || ended.Gate.HandOver(ended, passOn) is not { Lease: { } lease })
            {
                return false;
            }

            _timetable.Remove(ended);
            Schedule(lease, Math.Min(lease.NextRenewal, lease.Deadline));
            return true;
        }
    }

    /// <summary>Stops to watch a lease that was released.</summary>
    internal void Remove(Lease lease)
    {
        lock (_lock)
        {
            _timetable.Remove(lease);
        }
    }

    /// <summary>Takes over what a renewal changed: the deadline, and when to renew next.</summary>
    internal void Reschedule(Lease lease, long nextRenewal)
    {
        lock (_lock)
        {
            if (!lease.IsHeldState)
            {
                return;
            }

            lease.NextRenewal = nextRenewal;
            Schedule(lease, Math.Min(nextRenewal, lease.Deadline));
        }
    }

    /// <summary>
    /// Whether the lease is held now. A lease found past its deadline ends here, before the alarm rings.
    /// </summary>
    internal bool IsHeld(Lease lease)
    {
        if (lease.IsHeldState && _clock.Now >= lease.Deadline)
        {
            End(lease, ReasonAtDeadline(lease));
        }

        return lease.IsHeldState;
    }

    /// <summary>
    /// Ends a lease as lost: the lost token is cancelled, the next caller here gets the turn, and the store is told in
    /// the background.
    /// </summary>
    internal void End(Lease lease, LossReason reason)
    {
        if (TryLose(lease))
        {
            FinishLoss(lease, reason);
        }
    }

    /// <summary>Whether the renewal of any lease that is held fails.</summary>
    internal bool AnyRenewalFails()
    {
        lock (_lock)
        {
            return _timetable.Leases.Any(static lease => lease is { RenewalFails: true, IsHeldState: true });
        }
    }

    /// <summary>Forgets a lost lease whose record was used up.</summary>
    internal void Forget(Lease lease)
    {
        Remove(lease);
        lease.Gate.DropRecord(lease);
    }

    /// <summary>Accepts no more leases and returns those that are held.</summary>
    internal IReadOnlyList<Lease> Stop()
    {
        lock (_lock)
        {
            _stopped = true;
            return [.. _timetable.Leases.Where(lease => lease.IsHeldState)];
        }
    }

    public void Dispose() => _alarm.Dispose();

    /// <summary>The part of a loss that must not wait for anything: whoever observes it is told.</summary>
    private bool TryLose(Lease lease)
    {
        lock (_lock)
        {
            if (!lease.TryLose())
            {
                return false;
            }

            if (_stopped)
            {
                _timetable.Remove(lease);
            }
            else
            {
                // The record outlives the loss by one time to live, so that a late release by key finds its own
                // acquisition.
                Schedule(lease, _clock.After(_clock.Now, lease.TimeToLive));
            }
        }

        lease.SignalLoss();
        return true;
    }

    private void FinishLoss(Lease lease, LossReason reason)
    {
        lease.Gate.Release(lease, keepRecord: true);
        if (reason != LossReason.TakenAway)
        {
            _cleaner.CleanLease(lease.Reference, lease.LongestTimeToLive);
        }

        _reporter.Lost(lease, reason);
    }

    private void Schedule(Lease lease, long due)
    {
        // In this order: a lease for which the alarm can't be set is not watched either.
        _alarm.Set(due);
        _timetable.Set(lease, due);
    }

    private LossReason ReasonAtDeadline(Lease lease) => _clock.Now >= lease.HoldEnd ? LossReason.MaxHoldTimeReached : LossReason.DeadlinePassed;

    private void OnAlarm()
    {
        DueLeases due;
        lock (_lock)
        {
            due = DueLeases.Take(_timetable, _clock);
            _alarm.Set(_timetable.NextDue);
        }

        // What others rely on comes first, for all leases; what takes time and tells people comes last.
        due.Expired.RemoveAll(lease => !TryLose(lease));
        if (due.Renewable.Count > 0)
        {
            _renew(due.Renewable);
        }

        due.Expired.ForEach(lease => FinishLoss(lease, ReasonAtDeadline(lease)));
        due.Abandoned.ForEach(_reporter.HandleCollected);
        due.Outdated.ForEach(lease => lease.Gate.DropRecord(lease));
    }
}
