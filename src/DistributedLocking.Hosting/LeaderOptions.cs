namespace DistributedLocking.Hosting;

/// <summary>How to campaign, and how a term ends.</summary>
public sealed class LeaderOptions
{
    /// <summary>
    /// How long the work of a term may take to stop when the leadership is lost or the host stops. After it an error is
    /// logged, and the host's shutdown goes on; but no other term begins in this process before the work has ended.
    /// </summary>
    /// <value>Positive, or <see cref="Timeout.InfiniteTimeSpan"/>. Default: 30 seconds.</value>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// What differs from the lock's defaults. The <see cref="AcquireOptions.TimeToLive"/> is how long nobody leads
    /// after a leader was killed; <see cref="AcquireOptions.MaxHoldTime"/> limits a term; the policy
    /// <see cref="AcquireOptions.Retry"/> is the pace at which a failing store is tried again, for ever.
    /// </summary>
    /// <value>
    /// <see cref="AcquireOptions.WaitTimeout"/> must be null, since a campaign has no end, and
    /// <see cref="AcquireOptions.AutoRenew"/> must not be false. Default: null, the lock's defaults.
    /// </value>
    public AcquireOptions? AcquireOptions { get; set; }

    /// <summary>The service key of the lock that a hosted service campaigns with.</summary>
    /// <value>Default: null, the lock that is registered without a key.</value>
    public object? ServiceKey { get; set; }
}
