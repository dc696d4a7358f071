using DistributedLocking.Engine.Gates;
using DistributedLocking.Engine.Plans;
using DistributedLocking.Engine.Time;

namespace DistributedLocking.Engine.Acquiring;

/// <summary>An acquisition that has the key's turn in this process.</summary>
/// <param name="Gate">The gate of the key.</param>
/// <param name="Plan">What the caller asks for.</param>
/// <param name="OwnerId">Who asks the store. Another one after a failure: the one before is being cleaned up.</param>
/// <param name="GiveUpAt">When the caller's budget is over.</param>
internal readonly record struct Acquisition(LocalGate Gate, AcquirePlan Plan, string OwnerId, long GiveUpAt)
{
    internal string Key => Gate.Key;

    /// <summary>Whether the caller named a wait that ends.</summary>
    internal bool IsBounded => Plan.IsBudgetExplicit && GiveUpAt != Clock.Never;
}
