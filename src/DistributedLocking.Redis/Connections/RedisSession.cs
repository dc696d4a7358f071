using DistributedLocking.Redis.Commands;
using DistributedLocking.Redis.Notifications;
using DistributedLocking.Redis.Waiting;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Connections;

/// <summary>A connection that has been made, with what is kept for it.</summary>
/// <param name="Multiplexer">The connection.</param>
/// <param name="Database">Where the locks are.</param>
/// <param name="Inbox">Where waiters of one server are told of grants; null when notifications are switched off.</param>
/// <param name="Notifications">Wakes the waiters of a quorum; null when notifications are switched off.</param>
internal sealed record RedisSession(IConnectionMultiplexer Multiplexer, IDatabase Database, GrantInbox? Inbox, ReleaseNotifications? Notifications)
{
    /// <summary>What the connection's user may call, as far as that is known.</summary>
    internal ScriptRights Rights { get; } = new();

    /// <summary>
    /// Whether the client completes this command on a thread that serves other commands too, as 1.x does by default. Code that blocks there would wait
    /// for ever, so no caller's code may run on it.
    /// </summary>
    internal static bool IsCompletedOnSharedThread(RedisSession session, Task reply) =>
#if STACKEXCHANGE_REDIS_1
        session.Multiplexer.PreserveAsyncOrder && !reply.IsCompleted;
#else
        !reply.CreationOptions.HasFlag(TaskCreationOptions.RunContinuationsAsynchronously);
#endif
}
