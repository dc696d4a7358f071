namespace DistributedLocking.Hosting;

/// <summary>Options of the lock's health check.</summary>
public sealed class DistributedLockHealthCheckOptions
{
    /// <summary>The service key of the lock, where its registration is a keyed one.</summary>
    /// <value>Default: null.</value>
    public object? ServiceKey { get; set; }

    /// <summary>The key that is locked for a moment.</summary>
    /// <value>
    /// Not empty. Default: <c>health-check</c>, one for all processes: that another one has it just now is an answer of
    /// the store, too.
    /// </value>
    public string Key { get; set; } = "health-check";

    /// <summary>How long the store has to answer. After it, it counts as away.</summary>
    /// <value>Positive. Default: five seconds.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long acquiring and releasing may take together. What takes longer is degraded.</summary>
    /// <value>Positive. Default: one second.</value>
    public TimeSpan DegradedAfter { get; set; } = TimeSpan.FromSeconds(1);
}
