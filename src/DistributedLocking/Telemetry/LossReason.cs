namespace DistributedLocking.Telemetry;

/// <summary>Why a lock was lost.</summary>
internal enum LossReason
{
    /// <summary>The local deadline passed before a renewal succeeded, or the lease was not to be renewed.</summary>
    DeadlinePassed,

    /// <summary>The store said that the owner does not hold the lock any more.</summary>
    TakenAway,

    /// <summary>The longest hold allowed is over.</summary>
    MaxHoldTimeReached,

    /// <summary>The lock's service was disposed while the lock was held.</summary>
    Shutdown,
}
