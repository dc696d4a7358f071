namespace DistributedLocking.Engine;

/// <summary>How a caller stands at a key's gate.</summary>
internal enum TurnOutcome
{
    /// <summary>It waits in the queue.</summary>
    Queued,

    /// <summary>It has the turn and may ask the store.</summary>
    Taken,

    /// <summary>It has the turn, and the lease of the holder before.</summary>
    HandedOver,

    /// <summary>It wanted one attempt only, and the present turn's attempt found the lock held.</summary>
    SeenHeld,

    /// <summary>It wanted one attempt only, and the present turn's attempt failed.</summary>
    StoreFailed,
}

/// <summary>One caller's place in a gate's queue.</summary>
internal sealed class TurnWaiter(AcquirePlan plan, long sightingsBefore) : TaskCompletionSource<TurnOutcome>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    internal AcquirePlan Plan { get; } = plan;

    internal bool OneAttempt { get; } = plan.Budget == TimeSpan.Zero;

    /// <summary>The gate's count of sightings of a holder when this wait began.</summary>
    internal long SightingsBefore { get; } = sightingsBefore;

    /// <summary>The place in the queue; null once it is left. Guarded by the gate.</summary>
    internal LinkedListNode<TurnWaiter>? Node { get; set; }

    internal TurnOutcome Outcome { get; private set; } = TurnOutcome.Queued;

    internal Exception? Failure { get; private set; }

    /// <summary>What was handed over.</summary>
    internal Lease? Lease { get; private set; }

    internal void Complete(TurnOutcome outcome, Exception? failure)
    {
        Node = null;
        Outcome = outcome;
        Failure = failure;
        TrySetResult(outcome);
    }

    internal void HandOver(Lease lease)
    {
        Lease = lease;
        Complete(TurnOutcome.HandedOver, null);
    }
}
