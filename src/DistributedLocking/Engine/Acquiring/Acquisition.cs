using DistributedLocking.Engine.Gates;
using DistributedLocking.Engine.Plans;
using DistributedLocking.Engine.Time;
using DistributedLocking.Providers;

namespace DistributedLocking.Engine.Acquiring;

/// <summary>An acquisition that has the key's turn in this process, or asks aside.</summary>
/// <param name="Gate">The gate of the key.</param>
/// <param name="Plan">What the caller asks for.</param>
/// <param name="OwnerId">Who asks the store. Another one after a failure: the one before is being cleaned up.</param>
/// <param name="GiveUpAt">When the caller's budget is over.</param>
internal readonly record struct Acquisition(LocalGate Gate, AcquirePlan Plan, string OwnerId, long GiveUpAt)
{
    internal string Key => Gate.Key;

    internal LeaseReference Owner => new(Key, OwnerId) { Mode = Plan.Mode };

    /// <summary>Whether the caller named a wait that ends.</summary>
    internal bool IsBounded => Plan.IsBudgetExplicit && GiveUpAt != Clock.Never;

    /// <summary>The store said that the lock is held. Others learn it from the one that has the turn.</summary>
    internal void ReportHeld(long until)
    {
        if (!Plan.AsksAside)
        {
            Gate.ReportHeld(until);
        }
    }

    /// <summary>Makes a failure of the store the acquisition's end, or that of one attempt.</summary>
    internal AcquisitionResult Fail(DistributedLockUnavailableException failure)
    {
        if (!Plan.AsksAside)
        {
            Gate.ReportFailure(failure);
        }

        return AcquisitionResult.Failed(failure);
    }
}
