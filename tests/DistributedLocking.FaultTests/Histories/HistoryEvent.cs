namespace DistributedLocking.FaultTests.Histories;

/// <summary>What happened to an attempt to get and use a lock, or to the store.</summary>
internal enum HistoryKind
{
    /// <summary>
    /// The lock is asked for; the value is how many may hold it at once, this one included, or 0 for one.
    /// </summary>
    Asking,

    /// <summary>It was granted; the value is the fencing token.</summary>
    Granted,

    /// <summary>Somebody else holds it, the store failed, or the caller cancelled.</summary>
    NotGranted,

    /// <summary>
    /// The handle said that it is held, when asked at this time or later, and for so long (the value) from then on.
    /// </summary>
    Held,

    /// <summary>
    /// The lock's lease is being changed; until it is seen to be held again, nothing is known of its end.
    /// </summary>
    Extending,

    /// <summary>The loss was signalled.</summary>
    Lost,

    /// <summary>It is being released.</summary>
    Releasing,

    /// <summary>The release is over.</summary>
    Released,

    /// <summary>The number that it protects is being written; the value is the number.</summary>
    Writing,

    /// <summary>The number was written.</summary>
    Written,

    /// <summary>The guard refused to write the number.</summary>
    Refused,

    /// <summary>
    /// At some time between the value and this event's time the store forgot all locks that it had granted. The event
    /// has no attempt.
    /// </summary>
    Forgot,

    /// <summary>
    /// A fault that makes a store forget nothing, for people who read the history. The event has no attempt.
    /// </summary>
    Fault,
}

/// <summary>An entry of a history.</summary>
/// <param name="At">When: <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>, which all processes of the machine
/// share.</param>
/// <param name="Worker">Who: a process.</param>
/// <param name="Attempt">The worker's attempt that it belongs to.</param>
/// <param name="Kind">What.</param>
/// <param name="Key">The lock's key; what happened, for a fault.</param>
/// <param name="Value">See <see cref="HistoryKind"/>.</param>
internal readonly record struct HistoryEvent(long At, string Worker, int Attempt, HistoryKind Kind, string Key, long Value = 0);
