using System.Globalization;
using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.MySql.Dialect;

/// <summary>The statements for MySQL and MariaDB.</summary>
internal static class MySqlStatements
{
    private static readonly string Now = SqlDialect.MySql.Clock;

    // Read committed locks the row itself and no gap beside it. The level is that of the next transaction only.
    private const string Begin = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED;START TRANSACTION;";

    // On MySQL. It lives as long as its transaction, so to name it later fails if that has been undone. Set once the row
    // is locked, since to go back to it frees what was locked later.
    private const string Savepoint = "distributed_lock";

    // The two others override the first where they are set, a locking read being no write. What the server says of them
    // must not count.
    private const string MariaDbIdle = "idle_transaction_timeout = @idle, idle_readonly_transaction_timeout = @idle, idle_write_transaction_timeout = @idle";

    // On MariaDB. Without autocommit a locking read begins a transaction, and to switch it on again commits: one
    // statement for settings and begin, one for the end. Both switches fail if the transaction has been undone, seven
    // being no value of the variable: what another server of a Galera cluster writes ends a transaction here, and the
    // session goes on.
    private const string StayInTransaction = "autocommit = IF(@@in_transaction, 0, 7)";

    private const string CommitTransaction = "autocommit = IF(@@in_transaction, 1, 7)";

    // The clock stands still during a statement. The assignments are made in order: who owns the row after the first
    // says for the others whether the lease was taken.
    private static readonly string IsFree = $"(owner IS NULL OR owner = @owner OR expires_at <= {Now})";

    // Read when it is called, for a row that is selected after the row has been locked. It has no twin in UTC. Another
    // statement would do on a plain server; on Galera the statements that come in one packet all have the time of its
    // arrival, which is that of before a wait, and tokens would fall.
    private const string ClockOfRow = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', SYSDATE(6))";

    private const string InUtc = "time_zone = '+00:00'";

    private const string IsUnused = "used_at < @cutoff AND expires_at <= @now AND token < @now";

    internal static SqlStatements For(string table, MySqlServer server)
    {
        const string Settings = "SET SESSION wait_timeout = @idle;";
        var tryBegin = server.IsMariaDb ? MariaDbBegin(server) : Settings + Begin;
        var mark = server.IsMariaDb ? "" : $";SAVEPOINT {Savepoint}";
        var check = server.IsMariaDb ? $"SET SESSION {StayInTransaction}" : $"ROLLBACK TO SAVEPOINT {Savepoint}";
        var waitBegin = server.IsMariaDb ? tryBegin : "SET SESSION wait_timeout = @idle, innodb_lock_wait_timeout = @wait;" + Begin;
        var reset = server.IsMariaDb
            ? string.Create(CultureInfo.InvariantCulture, $"SET SESSION idle_transaction_timeout = {server.IdleTransactionTimeout}, idle_readonly_transaction_timeout = {server.IdleReadonlyTransactionTimeout}, idle_write_transaction_timeout = {server.IdleWriteTransactionTimeout}, max_statement_time = {server.MaxStatementTime}, autocommit = {(server.Autocommit ? 1 : 0)}")
            : string.Create(CultureInfo.InvariantCulture, $"SET SESSION wait_timeout = {server.WaitTimeout}, innodb_lock_wait_timeout = {server.LockWaitTimeout}");
        var hasClock = server is { IsMariaDb: true, ReadsClock: true };
        var inUtc = hasClock && !server.KeepsSettings ? $"SET STATEMENT {InUtc} FOR " : "";
        var bound = !server.IsMariaDb ? "" : $"SET STATEMENT {InUtc}, max_statement_time = @limit, innodb_lock_wait_timeout = @wait FOR ";
        var row = $"SELECT token, used_at, expires_at{(hasClock ? ", " + ClockOfRow : "")} FROM {table} WHERE lock_key = @key FOR UPDATE";
        var clock = hasClock ? "" : $";SELECT {Now}";
        var tryRow = hasClock ? $"{inUtc}{row} SKIP LOCKED" : $"{row} SKIP LOCKED{mark}{clock}, EXISTS (SELECT 1 FROM {table} WHERE lock_key = @key)";
        var commit = server.CommitsByItself ? "" : ";COMMIT";
        var leaseState = $"owner = @owner, token, expires_at - {Now}";
        return new SqlStatements
        {
            Lock = $"{waitBegin}{bound}{row}{mark}{clock}",
            TryLock = tryBegin + tryRow,
            TryLockAgain = server is { IsMariaDb: true, KeepsSettings: true } ? $"SET SESSION autocommit = 0;{tryRow}" : null,
            CreateRow = $"COMMIT;{(hasClock ? InsertIfMissing(table, server) : InsertRow(table, $"VALUES (@key, {Now}, {Now})"))};COMMIT",
            StoreMark = $"{check};UPDATE {table} SET token = @token, used_at = {Now} WHERE lock_key = @key",
            Renew = server.IsMariaDb ? $"SET SESSION {MariaDbIdle}, {StayInTransaction}" : Settings + check,

            // Between two transactions MariaDB's setting means nothing, while MySQL's would end the session in the
            // pool.
            Commit = !server.IsMariaDb ? $"RELEASE SAVEPOINT {Savepoint};COMMIT;{reset}"
                : $"SET SESSION {CommitTransaction}" + (server.KeepsSettings ? "" : $";{reset}"),
            RollBack = $"ROLLBACK;{reset}",
            AcquireLease = AcquireLease(table) + (server.IsMariaDb ? $" RETURNING {leaseState}" : $";SELECT {leaseState} FROM {table} WHERE lock_key = @key") + commit,
            RenewLeases = $$"""
                UPDATE {{table}} SET expires_at = {{Now}} + @ttl
                WHERE lock_key IN ({{SqlStatements.Keys}}) AND owner IN ({{SqlStatements.Owners}}) AND expires_at > {{Now}};
                SELECT lock_key FROM {{table}} WHERE lock_key IN ({{SqlStatements.Keys}}) AND owner IN ({{SqlStatements.Owners}}) AND expires_at > {{Now}}{{commit}}
                """,
            ReleaseLease = $"UPDATE {table} SET owner = NULL, expires_at = 0 WHERE lock_key = @key AND owner = @owner AND expires_at > {Now}{commit}",
            FindUnused = $"""
                WITH step AS (SELECT lock_key, {IsUnused} AS is_unused FROM {table} WHERE lock_key > @after ORDER BY lock_key LIMIT 5000)
                SELECT lock_key, 1 FROM step WHERE is_unused UNION ALL (SELECT lock_key, 0 FROM step ORDER BY lock_key DESC LIMIT 1){commit}
                """,
            LockUnused = $"{tryBegin.Replace("@idle", "10", StringComparison.Ordinal)}SELECT lock_key FROM {table} WHERE lock_key IN ({SqlStatements.Keys}) AND {IsUnused} FOR UPDATE SKIP LOCKED{mark}",
            DeleteRows = $"DELETE FROM {table} WHERE lock_key IN ({SqlStatements.Keys})",
            Holders = SqlStatements.LeaseHolders(table, Now) + commit,
            EndSession = "KILL CONNECTION_ID()",
            ClientEndsWait = !server.IsMariaDb,
        };
    }

    /// <summary>
    /// Like <see cref="Begin"/> with its settings, in one statement. Without the word SESSION the level is that of the
    /// next transaction only, and is not left behind, nor is a time zone. The server's own limit on statements would end
    /// one that does not wait, which would look like another holder.
    /// </summary>
    private static string MariaDbBegin(MySqlServer server)
    {
        var isolation = $"{server.IsolationVariable} = 'READ-COMMITTED'";
        return $"SET {(server.KeepsSettings ? $"SESSION {isolation}, {InUtc}" : $"@@{isolation}")}, SESSION {MariaDbIdle}, max_statement_time = 0, autocommit = 0;";
    }

    /// <summary>
    /// Where the attempt before did not tell whether there is a row. At this level of isolation the look for one waits
    /// for nobody who has it locked, as an insert would.
    /// </summary>
    private static string InsertIfMissing(string table, MySqlServer server) =>
        $"SET @@{server.IsolationVariable} = 'READ-COMMITTED';"
        + InsertRow(table, $"SELECT @key, {Now}, {Now} FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM {table} AS known WHERE known.lock_key = @key)");

    private static string InsertRow(string table, string source) =>
        $"INSERT INTO {table} (lock_key, token, used_at) {source} ON DUPLICATE KEY UPDATE lock_key = lock_key";

    private static string AcquireLease(string table) => $"""
        INSERT INTO {table} (lock_key, owner, token, expires_at, used_at) VALUES (@key, @owner, {Now} + @tokens - 1, {Now} + @ttl, {Now})
        ON DUPLICATE KEY UPDATE
            owner = IF({IsFree}, @owner, owner),
            token = IF(owner = @owner, GREATEST(token + @tokens, {Now} + @tokens - 1), token),
            used_at = IF(owner = @owner, {Now}, used_at),
            expires_at = IF(owner = @owner, {Now} + @ttl, expires_at)
        """;
}
