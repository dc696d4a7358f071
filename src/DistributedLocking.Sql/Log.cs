using Microsoft.Extensions.Logging;

namespace DistributedLocking.Sql;

/// <summary>
/// What the SQL providers log. Event ids: 3000 to 3009 tables, 3010 to 3019 row locks, 3020 to 3029 the server.
/// </summary>
internal static partial class Log
{
    internal const string Category = "DistributedLocking.Sql";

    [LoggerMessage(3000, LogLevel.Information, "Created the lock table {Table}.")]
    internal static partial void TableCreated(ILogger logger, string table);

    [LoggerMessage(3001, LogLevel.Debug, "Deleted the rows of {Count} keys that nobody used.")]
    internal static partial void RowsDeleted(ILogger logger, int count);

    [LoggerMessage(3002, LogLevel.Warning, "Deleting the rows of unused keys failed; it will be tried again.")]
    internal static partial void RowsNotDeleted(ILogger logger, Exception exception);

    [LoggerMessage(3010, LogLevel.Warning, "A row lock has been held for {Age}. Its transaction holds back the database's clean-up of old rows; use SqlLockMode.Lease for long holds.")]
    internal static partial void HeldForLong(ILogger logger, TimeSpan age);
}
