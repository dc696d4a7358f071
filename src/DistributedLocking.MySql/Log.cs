using Microsoft.Extensions.Logging;

namespace DistributedLocking.MySql;

/// <summary>What the MySQL provider logs. Event ids: 3100 to 3109.</summary>
internal static partial class Log
{
    [LoggerMessage(3100, LogLevel.Warning, "The database is a cluster with several primaries (Galera or Group Replication). Row locks hold on one of its servers only: use SqlLockMode.Lease.")]
    internal static partial void RowLocksAreLocal(ILogger logger);
}
