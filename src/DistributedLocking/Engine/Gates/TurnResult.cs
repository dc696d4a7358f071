using DistributedLocking.Engine.Leases;

namespace DistributedLocking.Engine.Gates;

/// <summary>How a caller stands at the local gate.</summary>
internal readonly record struct TurnResult(TurnOutcome Outcome)
{
    /// <summary>The place in the queue.</summary>
    internal GateWaiter? Waiter { get; init; }

    /// <summary>The asker's next answer, which is this caller's too.</summary>
    internal SharedAnswer? Answer { get; init; }

    /// <summary>What was handed over, or the holder's lease if the holder is of this process.</summary>
    internal Lease? Lease { get; init; }
}
