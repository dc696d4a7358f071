using DistributedLocking.Engine.Leases;
using DistributedLocking.Providers;

namespace DistributedLocking.Engine.Gates;

/// <summary>
/// Whether somebody of this process asks for the lock, who holds it, and which acquisitions can be released by key.
/// Guarded by the gate, which is spared an object.
/// </summary>
internal struct GateState
{
    private ReleaseRecords _records;
    private int _count;

    internal bool IsAsked { get; set; }

    /// <summary>Nobody used it any more, and it is not in the table.</summary>
    internal bool IsRetired { get; set; }

    internal readonly bool IsHeld => _count > 0;

    /// <summary>A holder whose limit is 1 keeps everybody else out: one of a lock, or a writer.</summary>
    internal bool IsFull { get; private set; }

    internal readonly bool MayBeAsked => !IsAsked && !IsFull;

    /// <summary>Nobody asks, and no holder and no record is left.</summary>
    internal readonly bool IsUnused => !IsAsked && _count == 0 && _records.Oldest is null;

    internal readonly Lease? NewestHolder => _records.NewestHolder;

    internal readonly Lease? OldestRecord => _records.Oldest;

    internal void AddHolder(Lease lease)
    {
        lease.IsHolder = true;
        _count++;
        IsFull |= lease.Limit == 1;
        _records.Append(lease);
    }

    /// <summary>Ends a hold, if it has not ended before.</summary>
    internal void EndHold(Lease lease, bool keepRecord)
    {
        if (!keepRecord || lease.Gate.Mode != LockMode.Exclusive)
        {
            // Only exclusive locks can be released by key.
            _records.Remove(lease);
        }

        if (lease.IsHolder)
        {
            lease.IsHolder = false;
            _count--;
            IsFull &= lease.Limit != 1;
        }
    }

    internal void DropRecord(Lease lease) => _records.Remove(lease);
}
