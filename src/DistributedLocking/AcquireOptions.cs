namespace DistributedLocking;

/// <summary>
/// What one call asks for, where it differs from the configured <see cref="DistributedLockOptions"/>. A null member
/// means the default.
/// </summary>
public sealed record AcquireOptions
{
    /// <summary>How long the lease lasts without a renewal.</summary>
    /// <value>From 10 milliseconds to 24 days. Default: <see cref="DistributedLockOptions.TimeToLive"/>.</value>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>How long to wait while somebody else holds the lock, the queue within this process included.</summary>
    /// <value>
    /// Zero for one attempt, <see cref="Timeout.InfiniteTimeSpan"/> for no limit. Default: the sum of the retry
    /// policy's delays for <see cref="IDistributedLock.AcquireAsync"/>, one attempt for
    /// <see cref="IDistributedLock.TryAcquireAsync"/>.
    /// </value>
    public TimeSpan? WaitTimeout { get; init; }

    /// <summary>
    /// The pace of polling where the store sends no notification, and the budget of a wait without a
    /// <see cref="WaitTimeout"/>.
    /// </summary>
    /// <value>Default: <see cref="DistributedLockOptions.Retry"/>.</value>
    public RetryPolicy? Retry { get; init; }

    /// <summary>Whether the lease is renewed in the background while the handle is reachable.</summary>
    /// <value>Default: <see cref="DistributedLockOptions.AutoRenew"/>.</value>
    public bool? AutoRenew { get; init; }

    /// <summary>The longest time that the lock may be held, renewals included; it is then lost in any case.</summary>
    /// <value>Default: <see cref="DistributedLockOptions.MaxHoldTime"/>.</value>
    public TimeSpan? MaxHoldTime { get; init; }
}
