using DistributedLocking.Engine.Leases;
using DistributedLocking.Engine.Plans;

namespace DistributedLocking.Engine.Gates;

/// <summary>How a caller stands at a key's gate.</summary>
internal enum TurnOutcome
{
    /// <summary>It waits in the queue.</summary>
    Queued,

    /// <summary>It has the turn and may ask the store.</summary>
    Taken,

    /// <summary>It may ask the store once, beside whoever has the turn.</summary>
    Aside,

    /// <summary>It has the lease of the holder before.</summary>
    HandedOver,

    /// <summary>It wants one attempt only, and the lock is known to be held.</summary>
    SeenHeld,

    /// <summary>It wants one attempt only, and the answer to the asker's is its own.</summary>
    Shares,

    /// <summary>Its time was over before the turn came.</summary>
    TimedOut,

    /// <summary>The gate has retired, and a new one must be had from the table.</summary>
    Retired,
}

/// <summary>One caller's place in a gate's queue.</summary>
internal sealed class GateWaiter(AcquirePlan plan)
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private RetryPace? _pace;

    internal AcquirePlan Plan { get; } = plan;

    /// <summary>How this caller would poll. Used by the asker.</summary>
    internal RetryPace Pace => _pace ??= new RetryPace(Plan.Retry);

    /// <summary>The place in the queue; null once it is left. Guarded by the gate.</summary>
    internal LinkedListNode<GateWaiter>? Node { get; set; }

    internal TurnOutcome Outcome { get; private set; } = TurnOutcome.Queued;

    /// <summary>What was handed over.</summary>
    internal Lease? Lease { get; private set; }

    internal void Complete(TurnOutcome outcome)
    {
        Outcome = outcome;
        TrySetResult();
    }

    internal void HandOver(Lease lease)
    {
        Lease = lease;
        Complete(TurnOutcome.HandedOver);
    }
}
