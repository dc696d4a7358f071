namespace DistributedLocking;

/// <summary>
/// What every provider's options have in common. They are validated at start and copied once when the lock is made.
/// </summary>
public class DistributedLockOptions
{
    /// <summary>
    /// How long a lease lasts without a renewal: the longest time that a crashed holder keeps others waiting.
    /// </summary>
    /// <value>From 10 milliseconds to 24 days. Default: one minute.</value>
    public TimeSpan TimeToLive { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The pace of polling, and the budget of a wait that has no <see cref="AcquireOptions.WaitTimeout"/>.
    /// </summary>
    /// <value>Default: 20 retries 250 milliseconds apart, so about five seconds.</value>
    public RetryPolicy Retry { get; set; } = RetryPolicy.Fixed(TimeSpan.FromMilliseconds(250), 20);

    /// <summary>Whether leases are renewed in the background while their handles are reachable.</summary>
    /// <value>Default: true.</value>
    public bool AutoRenew { get; set; } = true;

    /// <summary>The time between two renewals.</summary>
    /// <value>
    /// At least a millisecond, and shorter than <see cref="TimeToLive"/>. Default: null, a third of the call's time to
    /// live; a longer one is cut to that third.
    /// </value>
    public TimeSpan? RenewalInterval { get; set; }

    /// <summary>The longest time that a lock may be held, renewals included; it is then lost in any case.</summary>
    /// <value>Positive, at most 24 days. Default: null, no limit.</value>
    public TimeSpan? MaxHoldTime { get; set; }

    /// <summary>
    /// How long the callers of one process may hand a lock on among themselves, without asking the store, before other
    /// processes get their chance.
    /// </summary>
    /// <value>
    /// Zero switches it off. At most ten seconds. Default: 10 milliseconds, which costs a waiter of another process no
    /// more than a few round trips and saves a busy process most of its own.
    /// </value>
    /// <remarks>
    /// Each holder has a fencing token and a handle of its own; what is handed on is the rest of the lease, never less
    /// than a third of the next caller's time to live, and the renewal makes it whole again. It happens only where the
    /// provider reserves tokens for it.
    /// </remarks>
    public TimeSpan HandOverTime { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// What stands before the key in the store's names. Locks with different prefixes never exclude each other.
    /// </summary>
    /// <value>Default: <c>lock:</c>. May be empty.</value>
    public string KeyPrefix { get; set; } = "lock:";

    /// <summary>
    /// What the lock is called in metrics and traces, as the tag <c>distributed_lock.name</c>: several locks of an
    /// application are told apart by it.
    /// </summary>
    /// <value>Not blank. Default: null, no tag; for a keyed registration, its service key as text.</value>
    public string? Name { get; set; }

    /// <summary>
    /// Whether lock keys appear in log entries at Information and above, in traces, and in the messages of exceptions.
    /// </summary>
    /// <value>
    /// Default: false, since a key may hold personal data: entries and messages then have a short hash such as
    /// <c>key#3fa2c1d0</c>. Debug entries and the exceptions' properties always have the key.
    /// </value>
    /// <remarks>
    /// The hash is the same in all processes with the same <see cref="KeyPrefix"/>, so that their entries can be
    /// correlated. Who knows the prefix can check a guess at a key: where that must not be, set a prefix that is
    /// secret.
    /// </remarks>
    public bool RevealKeys { get; set; }
}
