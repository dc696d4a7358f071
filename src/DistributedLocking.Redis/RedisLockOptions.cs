using StackExchange.Redis;

namespace DistributedLocking.Redis;

/// <summary>How locks are kept on Redis. One of <see cref="Configuration"/> and <see cref="ConfigurationOptions"/> names the server; with
/// neither, the <see cref="IConnectionMultiplexer"/> that is registered is used.</summary>
public class RedisLockOptions : DistributedLockOptions
{
    /// <summary>A StackExchange.Redis connection string, such as <c>localhost:6379,password=...</c>. It never appears in a log or an exception.</summary>
    /// <value>Default: null.</value>
    public string? Configuration { get; set; }

    /// <summary>The connection as an object, for what a string can't say. It is copied when the lock is made.</summary>
    /// <value>Default: null.</value>
    public ConfigurationOptions? ConfigurationOptions { get; set; }

    /// <summary>The number of the database.</summary>
    /// <value>Zero or more, or -1 for the connection's own default. Default: -1.</value>
    public int Database { get; set; } = -1;

    /// <summary>How long to wait for the answer to one command, and for the connection at first use.</summary>
    /// <value>
    /// Positive, at most an hour. Default: five seconds. After it the call fails with <see cref="DistributedLockUnavailableException"/>; it holds
    /// whatever time-outs the client has, some of which don't apply to asynchronous calls.
    /// </value>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether a release is published and waiters subscribe to it, which wakes them at once.</summary>
    /// <value>
    /// Default: true. Without it waiters poll. Switch it off for a user that may neither publish nor subscribe; when the server refuses to let a waiter
    /// subscribe, it polls and says so once.
    /// </value>
    /// <remarks>
    /// The channel of a lock has the name of its key. Processes wake each other only when they agree on this setting and on the connection's
    /// <c>channelPrefix</c>.
    /// </remarks>
    public bool UseNotifications { get; set; } = true;

    /// <summary>The key of a keyed registration, whose multiplexer is preferred.</summary>
    internal object? ServiceKey { get; set; }
}
