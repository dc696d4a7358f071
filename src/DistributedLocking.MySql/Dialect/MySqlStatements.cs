using System.Globalization;
using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.MySql.Dialect;

/// <summary>The statements for MySQL and MariaDB.</summary>
internal static class MySqlStatements
{
    // In every time zone, with and without summer time. It is the statement's begin, so it is asked for after a lock was waited for.
    private const string Now = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))";

    // Read committed locks the row itself and no gap beside it. The level is that of the next transaction only.
    private const string Begin = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED;START TRANSACTION;";

    // The assignments are made in order: who owns the row after the first says for the others whether the lease was taken.
    private const string IsFree = "(owner IS NULL OR owner = VALUES(owner) OR expires_at <= VALUES(used_at))";

    private const string IsUnused = $"used_at < {Now} - @cutoff AND expires_at <= {Now} AND token < {Now}";

    internal static string CreateTable(string table) => $"""
        CREATE TABLE IF NOT EXISTS {table} (
            lock_key VARBINARY(255) NOT NULL PRIMARY KEY,
            owner VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NULL,
            token BIGINT NOT NULL,
            expires_at BIGINT NOT NULL DEFAULT 0,
            used_at BIGINT NOT NULL
        ) ENGINE = InnoDB
        """;

    internal static string CreateFenceTable(string table) => $"""
        CREATE TABLE IF NOT EXISTS {table} (
            resource VARBINARY(255) NOT NULL PRIMARY KEY,
            token BIGINT NOT NULL,
            used_at BIGINT NOT NULL
        ) ENGINE = InnoDB
        """;

    /// <summary>
    /// The first statement creates the row, or waits for it and locks it; the clock of the next one is that of after the grant. All reads lock: any other
    /// would take the transaction's snapshot, under repeatable read, before the lock is granted.
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
                CreateTable = CreateTable(table),
                Acquire = $"SET STATEMENT max_statement_time = @limit, innodb_lock_wait_timeout = @wait FOR {create}{grant}",

                // The end of a lock's wait would undo all of the transaction where innodb_rollback_on_timeout is on; that of a statement's time does not.
                TryAcquire = $"SET STATEMENT max_statement_time = 0.02, innodb_lock_wait_timeout = 50 FOR {create}{grant}",
            }
            : new SqlTransactionStatements
            {
                CreateTable = CreateTable(table),
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
            ON DUPLICATE KEY UPDATE token = GREATEST(token, VALUES(token)), used_at = VALUES(used_at);
            SELECT token AS token FROM {table} WHERE resource = @resource FOR UPDATE
            """,
    };

    internal static SqlStatements For(string table, MySqlServer server)
    {
        var settings = server.IsMariaDb ? "SET SESSION idle_transaction_timeout = @idle;" : "SET SESSION wait_timeout = @idle;";
        var tryBegin = server.IsMariaDb ? MariaDbBegin(server) : settings + Begin;
        var waitBegin = server.IsMariaDb ? tryBegin : "SET SESSION wait_timeout = @idle, innodb_lock_wait_timeout = @wait;" + Begin;
        var reset = server.IsMariaDb
            ? string.Create(CultureInfo.InvariantCulture, $"SET SESSION idle_transaction_timeout = {server.IdleTransactionTimeout}")
            : string.Create(CultureInfo.InvariantCulture, $"SET SESSION wait_timeout = {server.WaitTimeout}, innodb_lock_wait_timeout = {server.LockWaitTimeout}");
        var bound = server.IsMariaDb ? "SET STATEMENT max_statement_time = @limit, innodb_lock_wait_timeout = @wait FOR " : "";
        var row = $"SELECT token, used_at, expires_at FROM {table} WHERE lock_key = @key FOR UPDATE";
        var state = $"SELECT {Now}, EXISTS (SELECT 1 FROM {table} WHERE lock_key = @key)";
        var commit = server.CommitsByItself ? "" : ";COMMIT";
        var leaseState = $"owner = @owner, token, expires_at - {Now}, {Now}";
        return new SqlStatements
        {
            CreateTable = CreateTable(table),
            Lock = $"{waitBegin}{bound}{row};SELECT {Now}",
            TryLock = $"{tryBegin}{row} SKIP LOCKED;{state}",
            CreateRow = $"COMMIT;INSERT INTO {table} (lock_key, token, used_at) VALUES (@key, {Now}, {Now}) ON DUPLICATE KEY UPDATE lock_key = lock_key;COMMIT",
            StoreMark = $"UPDATE {table} SET token = @token, used_at = {Now} WHERE lock_key = @key",
            Renew = settings.TrimEnd(';'),

            // Between two transactions MariaDB's setting means nothing, while MySQL's would end the session in the pool.
            Commit = server is { IsMariaDb: true, PoolResets: true } ? "COMMIT" : $"COMMIT;{reset}",
            RollBack = $"ROLLBACK;{reset}",
            AcquireLease = AcquireLease(table) + (server.IsMariaDb ? $" RETURNING {leaseState}" : $";SELECT {leaseState} FROM {table} WHERE lock_key = @key") + commit,

            // A lone update without a result is what the protocol and the server do fastest; a commit behind it would undo that, and blur the number of rows.
            RetakeLease = server.CommitsByItself ? RetakeLease(table) : null,
            RenewLeases = $$"""
                UPDATE {{table}} SET expires_at = {{Now}} + @ttl
                WHERE lock_key IN ({{SqlStatements.Keys}}) AND owner IN ({{SqlStatements.Owners}}) AND expires_at > {{Now}};
                SELECT lock_key FROM {{table}} WHERE lock_key IN ({{SqlStatements.Keys}}) AND owner IN ({{SqlStatements.Owners}}) AND expires_at > {{Now}}{{commit}}
                """,
            ReleaseLease = $"UPDATE {table} SET owner = NULL, expires_at = 0 WHERE lock_key = @key AND owner = @owner AND expires_at > {Now}{commit}",
            FindUnused = $"SELECT lock_key FROM {table} WHERE {IsUnused} LIMIT 500",
            LockUnused = $"{settings.Replace("@idle", "10", StringComparison.Ordinal)}{Begin}SELECT lock_key FROM {table} WHERE lock_key IN ({SqlStatements.Keys}) AND {IsUnused} FOR UPDATE SKIP LOCKED",
            DeleteRows = $"DELETE FROM {table} WHERE lock_key IN ({SqlStatements.Keys})",
            EndSession = "KILL CONNECTION_ID()",
            ClientEndsWait = !server.IsMariaDb,
        };
    }

    /// <summary>
    /// Like <see cref="Begin"/>, in one statement less. Without the word SESSION the level is that of the next transaction only, and is not left behind.
    /// </summary>
    private static string MariaDbBegin(MySqlServer server) =>
        $"SET @@{server.IsolationVariable} = 'READ-COMMITTED', SESSION idle_transaction_timeout = @idle;START TRANSACTION;";

    private static string AcquireLease(string table) => $"""
        INSERT INTO {table} (lock_key, owner, token, expires_at, used_at) VALUES (@key, @owner, {Now} + @tokens - 1, {Now} + @ttl, {Now})
        ON DUPLICATE KEY UPDATE
            owner = IF({IsFree}, VALUES(owner), owner),
            token = IF(owner = VALUES(owner), GREATEST(token + @tokens, VALUES(token)), token),
            used_at = IF(owner = VALUES(owner), VALUES(used_at), used_at),
            expires_at = IF(owner = VALUES(owner), VALUES(expires_at), expires_at)
        """;

    private static string RetakeLease(string table) => $"""
        UPDATE {table} SET owner = @owner, token = @token + @tokens - 1, expires_at = {Now} + @ttl, used_at = {Now}
        WHERE lock_key = @key AND token < @token AND (owner IS NULL OR owner = @owner OR expires_at <= {Now})
        """;
}
