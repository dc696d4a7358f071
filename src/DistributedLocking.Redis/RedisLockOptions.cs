using StackExchange.Redis;

namespace DistributedLocking.Redis;

/// <summary>How locks are kept on Redis. One of <see cref="Configuration"/> and <see cref="ConfigurationOptions"/>
/// names the server, or <see cref="Servers"/> or <see cref="ServerConnections"/> several independent ones; with none of
/// them, the <see cref="IConnectionMultiplexer"/> that is registered is used.</summary>
public class RedisLockOptions : DistributedLockOptions
{
    /// <summary>
    /// A StackExchange.Redis connection string, such as <c>localhost:6379,password=...</c>. It never appears in a log
    /// or an exception.
    /// </summary>
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
    /// Positive, at most an hour. Default: five seconds. After it the call fails with
    /// <see cref="DistributedLockUnavailableException"/>; it holds whatever time-outs the client has, some of which
    /// don't apply to asynchronous calls.
    /// </value>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Whether waiters stand in a queue whose first is granted the lock by its release, and told of it by
    /// publish/subscribe.
    /// </summary>
    /// <value>
    /// Default: true. Without it waiters poll, and those that queue go before them. Switch it off, in all processes,
    /// for a user that may not subscribe; when the server refuses to let a process subscribe, it polls and says so
    /// once.
    /// </value>
    /// <remarks>
    /// A process has one channel, whose name begins with the connection's <c>channelPrefix</c> and
    /// <see cref="DistributedLockOptions.KeyPrefix"/>. Several <see cref="Servers"/> keep no queue: there a release is
    /// published on a channel of the lock's name, and wakes a waiter in each waiting process.
    /// </remarks>
    public bool UseNotifications { get; set; } = true;

    /// <summary>
    /// StackExchange.Redis connection strings of independent servers, a majority of which has to grant a lock (Redlock,
    /// see https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/). They must not replicate each
    /// other.
    /// </summary>
    /// <value>Three or more, best an odd number; or none. Default: none.</value>
    public IReadOnlyList<string> Servers { get; set; } = [];

    /// <summary>
    /// The same as connections of yours, one for each independent server. They are not disposed with the lock.
    /// </summary>
    /// <value>Three or more, best an odd number; or none. Default: none.</value>
    public IReadOnlyList<IConnectionMultiplexer> ServerConnections { get; set; } = [];

    /// <summary>
    /// How long one of several <see cref="Servers"/> may take to answer, or to accept a connection, before it counts as
    /// away.
    /// </summary>
    /// <value>
    /// Positive, at most an hour. Default: one second. With several servers it comes in the place of
    /// <see cref="CommandTimeout"/>. All are asked at the same time, and the first answers that decide are enough, so a
    /// minority that is away costs this long only when the others disagree.
    /// </value>
    public TimeSpan ServerTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How many replicas must have a lock, and each renewal of it, before it counts (WAIT, see
    /// https://redis.io/docs/latest/commands/wait/).
    /// </summary>
    /// <value>
    /// Zero or more. Default: 0, replicas are not waited for. It needs a connection of its own, so the server must be
    /// named by <see cref="Configuration"/> or <see cref="ConfigurationOptions"/>. A Cluster is refused at the first
    /// use.
    /// </value>
    /// <remarks>
    /// It makes it unlikely, not impossible, that a fail-over grants a lock twice: a replica that did not answer may be
    /// the one that is promoted.
    /// </remarks>
    public int MinReplicas { get; set; }

    /// <summary>How long to wait for the <see cref="MinReplicas"/>.</summary>
    /// <value>
    /// From a millisecond to an hour. Default: one second. After it the lock is released again, and the acquire fails.
    /// </value>
    public TimeSpan ReplicaTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether several servers are named.</summary>
    internal bool IsQuorum => Servers is { Count: > 0 } || ServerConnections is { Count: > 0 };

    /// <summary>Whether no server is named, so that a registered connection is used.</summary>
    internal bool IsUnnamed => this is { Configuration: null, ConfigurationOptions: null, IsQuorum: false };

    /// <summary>The name of the option that <see cref="CommandTimeout"/> holds, for messages.</summary>
    internal string TimeoutName { get; init; } = nameof(CommandTimeout);

    /// <summary>The key of a keyed registration, whose multiplexer is preferred.</summary>
    internal object? ServiceKey { get; set; }
}
