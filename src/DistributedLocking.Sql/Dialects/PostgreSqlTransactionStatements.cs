namespace DistributedLocking.Sql.Dialects;

/// <summary>The tables on PostgreSQL, and the statements in a transaction of the caller's.</summary>
internal static class PostgreSqlTransactionStatements
{
    // The transaction's own time is that of its begin; this is the time of day.
    internal const string Now = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

    /// <summary>Division by zero, which nothing else in our statements can cause.</summary>
    internal const string LeasedState = "22012";

    private const string Savepoint = "distributed_lock";

    private const string Undo = $"ROLLBACK TO SAVEPOINT {Savepoint};RELEASE SAVEPOINT {Savepoint}";

    private const string RememberedLockTimeout = "distributed_lock.lock_timeout";

    private const string RememberedStatementTimeout = "distributed_lock.statement_timeout";

    internal static string CreateTable(string table) => $"""
        CREATE TABLE IF NOT EXISTS {table} (
            lock_key bytea PRIMARY KEY,
            owner text,
            token bigint NOT NULL,
            expires_at bigint NOT NULL DEFAULT 0,
            used_at bigint NOT NULL,
            wanted_until bigint NOT NULL DEFAULT 0
        ) WITH (fillfactor = 50)
        """;

    /// <summary>
    /// The row is created, or waited for and locked, by one statement, whose new values are computed after the grant.
    /// The settings that it needs are remembered in a setting of our own and put back, since those of a transaction
    /// that goes on would stay. A lease on the row fails the statement (see <see cref="LeasedState"/>), which ends the
    /// batch before the savepoint is released: going back to it frees the row.
    /// </summary>
    internal static SqlTransactionStatements InTransaction(string table) => new()
    {
        // The wait's limit is that of the whole statement: lock_timeout counts anew for each lock that it waits for.
        Acquire = LockInTransaction(table, lockTimeout: "'0'", statementTimeout: "@wait"),

        // No wait at all can't be said: zero means no limit.
        TryAcquire = LockInTransaction(table, lockTimeout: "'1'", statementTimeout: "'0'"),
        Undo = Undo,
    };

    internal static SqlFencingStatements Fencing(string table) => new()
    {
        CreateTable = CreateFenceTable(table),
        Remember = $"""
            SAVEPOINT {Savepoint};
            INSERT INTO {table} AS kept (resource, token, used_at) VALUES (@resource, @token, {Now})
            ON CONFLICT (resource) DO UPDATE SET token = greatest(kept.token, excluded.token), used_at = {Now}
            RETURNING kept.token AS token;
            RELEASE SAVEPOINT {Savepoint}
            """,
        Undo = Undo,
    };

    internal static string ProbeTable(string table) => $"SAVEPOINT {Savepoint};LOCK TABLE {table} IN ROW EXCLUSIVE MODE NOWAIT;{Undo}";

    private static string CreateFenceTable(string table) => $"""
        CREATE TABLE IF NOT EXISTS {table} (
            resource bytea PRIMARY KEY,
            token bigint NOT NULL,
            used_at bigint NOT NULL
        ) WITH (fillfactor = 50)
        """;

    private static string LockInTransaction(string table, string lockTimeout, string statementTimeout) => $"""
        SAVEPOINT {Savepoint};
        SELECT set_config('{RememberedLockTimeout}', current_setting('lock_timeout'), true),
            set_config('{RememberedStatementTimeout}', current_setting('statement_timeout'), true),
            set_config('lock_timeout', {lockTimeout}, true), set_config('statement_timeout', {statementTimeout}, true);
        INSERT INTO {table} AS held (lock_key, token, used_at) VALUES (@key, {Now}, {Now})
        ON CONFLICT (lock_key) DO UPDATE
        SET token = greatest(held.token + 1, {Now}) / CASE WHEN held.expires_at > {Now} THEN 0 ELSE 1 END, used_at = {Now}
        RETURNING held.token AS token;
        SELECT set_config('lock_timeout', current_setting('{RememberedLockTimeout}'), true),
            set_config('statement_timeout', current_setting('{RememberedStatementTimeout}'), true);
        RELEASE SAVEPOINT {Savepoint}
        """;
}
