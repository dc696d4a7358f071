using Microsoft.Extensions.Logging;

namespace DistributedLocking.Redis;

/// <summary>What the Redis provider logs. Event ids: 2000 to 2009 connection, 2010 to 2019 notifications.</summary>
internal static partial class Log
{
    internal const string Category = "DistributedLocking.Redis";

    [LoggerMessage(2000, LogLevel.Debug, "Connected to Redis.")]
    internal static partial void Connected(ILogger logger);

    [LoggerMessage(2001, LogLevel.Debug, "Connecting to Redis failed: {Reason}")]
    internal static partial void ConnectFailed(ILogger logger, string reason);

    [LoggerMessage(2010, LogLevel.Warning, "Redis does not let this user subscribe to the release of locks, so waiters poll. {Reason} Allow it, or set UseNotifications to false.")]
    internal static partial void NotificationsRefused(ILogger logger, string reason);

    [LoggerMessage(2011, LogLevel.Debug, "Could not subscribe to the release of a lock, so its waiter polls: {Reason}")]
    internal static partial void SubscribeFailed(ILogger logger, string reason);

    [LoggerMessage(2012, LogLevel.Debug, "Could not unsubscribe from the release of a lock: {Reason}")]
    internal static partial void UnsubscribeFailed(ILogger logger, string reason);
}
