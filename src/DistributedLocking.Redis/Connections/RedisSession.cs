using DistributedLocking.Redis.Commands;
using DistributedLocking.Redis.Fencing;
using DistributedLocking.Redis.Notifications;
using DistributedLocking.Redis.Waiting;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Connections;

/// <summary>A connection that has been made, with what is kept for it.</summary>
/// <param name="Multiplexer">The connection.</param>
/// <param name="Database">Where the locks are.</param>
/// <param name="Inbox">
/// Where waiters of one server are told of grants; null when notifications are switched off.
/// </param>
/// <param name="Notifications">Wakes the waiters of a quorum; null when notifications are switched off.</param>
internal sealed record RedisSession(IConnectionMultiplexer Multiplexer, IDatabase Database, GrantInbox? Inbox, ReleaseNotifications? Notifications)
{
    /// <summary>What the connection's user may call, as far as that is known.</summary>
    internal ScriptRights Rights { get; } = new();

    /// <summary>
    /// A number that changes whenever requests may have taken another way than before; null where there are several
    /// servers to take them to.
    /// </summary>
    internal long? ConnectionNumber => Multiplexer.GetEndPoints() is { Length: 1 } ? Multiplexer.GetCounters()?.Interactive.SocketCount : null;

    /// <summary>What this process has seen of fencing tokens.</summary>
    internal NewestTokens Seen { get; init; } = new();

    /// <summary>Why the connection is away, as far as that is known.</summary>
    internal ConnectionOutage? Outage { get; init; }
}
