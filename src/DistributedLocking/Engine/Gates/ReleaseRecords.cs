using DistributedLocking.Engine.Leases;

namespace DistributedLocking.Engine.Gates;

/// <summary>
/// The acquisitions of one key that can be released by key, the oldest first: those that are held, and for a while
/// those that were lost. A ring through the leases themselves, so that an acquisition is spared an object and none has
/// to be searched for. Guarded by the gate.
/// </summary>
internal struct ReleaseRecords
{
    internal Lease? Oldest { get; private set; }

    /// <summary>The newest of those that hold the lock. A few that were lost since may be newer.</summary>
    internal readonly Lease? NewestHolder
    {
        get
        {
            var record = Oldest?.OlderRecord;
            while (record is { IsHolder: false })
            {
                record = record == Oldest ? null : record.OlderRecord;
            }

            return record;
        }
    }

    internal void Append(Lease lease)
    {
        if (Oldest is null)
        {
            Oldest = lease;
            Link(lease, lease);
            return;
        }

        Link(Oldest.OlderRecord!, lease);
        Link(lease, Oldest);
    }

    /// <summary>Removes a record. Does nothing when that was done before.</summary>
    internal void Remove(Lease lease)
    {
        if (lease.NewerRecord is not { } newer)
        {
            return;
        }

        Link(lease.OlderRecord!, newer);
        if (lease == Oldest)
        {
            Oldest = newer == lease ? null : newer;
        }

        lease.OlderRecord = null;
        lease.NewerRecord = null;
    }

    private static void Link(Lease older, Lease newer)
    {
        older.NewerRecord = newer;
        newer.OlderRecord = older;
    }
}
