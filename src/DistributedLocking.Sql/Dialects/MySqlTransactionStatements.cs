namespace DistributedLocking.Sql.Dialects;

/// <summary>The tables on MySQL and MariaDB, and the statements in a transaction of the caller's.</summary>
internal static class MySqlTransactionStatements
{
    // In every time zone, with and without summer time. It is the statement's begin, so it is asked for after a lock
    // was waited for.
    internal const string Now = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))";

    internal static string CreateTable(string table) => $"""
        CREATE TABLE IF NOT EXISTS {table} (
            lock_key VARBINARY(255) NOT NULL PRIMARY KEY,
            owner VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NULL,
            token BIGINT NOT NULL,
            expires_at BIGINT NOT NULL DEFAULT 0,
            used_at BIGINT NOT NULL
        ) ENGINE = InnoDB
        """;

    /// <summary>
    /// The first statement creates the row, or waits for it and locks it; the clock of the next one is that of after
    /// the grant. All reads lock: any other would take the transaction's snapshot, under repeatable read, before the
    /// lock is granted.
    /// </summary>
    internal static SqlTransactionStatements InTransaction(string table, bool isMariaDb)
    {
        var create = $"INSERT INTO {table} (lock_key, token, used_at) VALUES (@key, {Now}, {Now}) ON DUPLICATE KEY UPDATE lock_key = lock_key;";
        var grant = $"""
            UPDATE {table} SET token = GREATEST(token + 1, {Now}), used_at = {Now} WHERE lock_key = @key AND expires_at <= {Now};
            SELECT IF(expires_at <= {Now}, token, NULL) AS token FROM {table} WHERE lock_key = @key FOR UPDATE
            """;
        return isMariaDb
            ? new SqlTransactionStatements
            {
                Acquire = $"SET STATEMENT max_statement_time = @limit, innodb_lock_wait_timeout = @wait FOR {create}{grant}",

                // The end of a lock's wait would undo all of the transaction where innodb_rollback_on_timeout is on;
                // that of a statement's time does not.
                TryAcquire = $"SET STATEMENT max_statement_time = 0.02, innodb_lock_wait_timeout = 50 FOR {create}{grant}",
            }
            : new SqlTransactionStatements
            {
                Acquire = $"SET SESSION innodb_lock_wait_timeout = @wait;{create}{grant}",
                TryAcquire = $"SET SESSION innodb_lock_wait_timeout = 1;SELECT 1 FROM {table} WHERE lock_key = @key FOR UPDATE NOWAIT;{create}{grant}",
                ReadSetting = "SELECT @@SESSION.innodb_lock_wait_timeout",
                RestoreSetting = "SET SESSION innodb_lock_wait_timeout = @setting",
                ClientEndsWait = true,
            };
    }

    internal static SqlFencingStatements Fencing(string table) => new()
    {
        CreateTable = CreateFenceTable(table),
        Remember = $"""
            INSERT INTO {table} (resource, token, used_at) VALUES (@resource, @token, {Now})
            ON DUPLICATE KEY UPDATE token = GREATEST(token, @token), used_at = {Now};
            SELECT token AS token FROM {table} WHERE resource = @resource FOR UPDATE
            """,
    };

    private static string CreateFenceTable(string table) => $"""
        CREATE TABLE IF NOT EXISTS {table} (
            resource VARBINARY(255) NOT NULL PRIMARY KEY,
            token BIGINT NOT NULL,
            used_at BIGINT NOT NULL
        ) ENGINE = InnoDB
        """;
}
