using Microsoft.Extensions.Logging;

namespace DistributedLocking.PostgreSql;

/// <summary>What the PostgreSQL provider logs. Event ids: 3200 to 3209.</summary>
internal static partial class Log
{
    internal const string Category = "DistributedLocking.PostgreSql";

    [LoggerMessage(3200, LogLevel.Warning, "Notifications from PostgreSQL do not arrive, so waiters poll. A pooler that does not keep sessions (PgBouncer in transaction mode, or Npgsql's own Multiplexing) is the usual reason: connect without it, or set UseNotifications to false.")]
    internal static partial void NotificationsDoNotArrive(ILogger logger);

    [LoggerMessage(3201, LogLevel.Debug, "Listening for the release of leases failed, so a waiter polls.")]
    internal static partial void NotListening(ILogger logger, Exception exception);
}
