using DistributedLocking.Engine.Time;

namespace DistributedLocking.Engine.Leases;

/// <summary>The leases of a timetable for which it is time, by what has to be done with them.</summary>
internal sealed class DueLeases
{
    /// <summary>Past their deadline.</summary>
    internal List<Lease> Expired { get; } = [];

    /// <summary>Lost one time to live ago, so that their record is not needed any more.</summary>
    internal List<Lease> Outdated { get; } = [];

    /// <summary>To be renewed.</summary>
    internal List<Lease> Renewable { get; } = [];

    /// <summary>To be renewed, if somebody still needed them.</summary>
    internal List<Lease> Abandoned { get; } = [];

    /// <summary>
    /// Takes what is due out of the timetable, or moves it there to its next time. Called under the keeper's lock.
    /// </summary>
    internal static DueLeases Take(LeaseTimetable timetable, Clock clock)
    {
        var due = new DueLeases();
        var now = clock.Now;
        while (timetable.Next is { } lease && (lease.Due <= now || (due.Renewable.Count > 0 && IsRenewedSoon(lease, clock, now))))
        {
            timetable.Remove(lease);
            if (lease.IsLost)
            {
                due.Outdated.Add(lease);
            }
            else if (now >= lease.Deadline)
            {
                due.Expired.Add(lease);
            }
            else
            {
                if (lease.NextRenewal <= Math.Max(now, lease.Due))
                {
                    lease.NextRenewal = Clock.Never;
                    (lease.IsAbandoned ? due.Abandoned : due.Renewable).Add(lease);
                }

                timetable.Set(lease, Math.Min(lease.NextRenewal, lease.Deadline));
            }
        }

        return due;
    }

    /// <summary>
    /// Whether a lease's renewal may go along with one that is due: earlier by at most a tenth of its interval. So many
    /// leases come to share batches.
    /// </summary>
    private static bool IsRenewedSoon(Lease lease, Clock clock, long now) =>
        lease.Due == lease.NextRenewal && lease.Due <= clock.After(now, lease.RenewalInterval / 10);
}
