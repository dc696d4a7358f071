using System.Globalization;
using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.MySql.Dialect;

/// <summary>The statements for MySQL and MariaDB.</summary>
internal static class MySqlStatements
{
    private static readonly string Now = SqlDialect.MySql.Clock;

    // On MariaDB. Without autocommit a locking read begins a transaction, and to switch it on again commits: one
    // statement for settings and begin, one for the end. Both switches fail if the transaction has been undone, seven
    // being no value of the variable: what another server of a Galera cluster writes ends a transaction here, and the
    // session goes on.
    private const string StayInTransaction = "autocommit = IF(@@in_transaction, 0, 7)";

    private const string CommitTransaction = "autocommit = IF(@@in_transaction, 1, 7)";

    // The clock stands still during a statement. The assignments are made in order: who owns the row after the first
    // says for the others whether the lease was taken.
    private static readonly string IsFree = $"(owner IS NULL OR owner = @owner OR expires_at <= {Now})";

    private const string IsUnused = "used_at < @cutoff AND expires_at <= @now AND token < @now";

    internal static SqlStatements For(string table, MySqlServer server)
    {
        var rows = new MySqlRowLock(table, server);
        var check = server.IsMariaDb ? $"SET SESSION {StayInTransaction}" : $"ROLLBACK TO SAVEPOINT {MySqlRowLock.Savepoint}";
        var reset = server.IsMariaDb
            ? string.Create(CultureInfo.InvariantCulture, $"SET SESSION idle_transaction_timeout = {server.IdleTransactionTimeout}, idle_readonly_transaction_timeout = {server.IdleReadonlyTransactionTimeout}, idle_write_transaction_timeout = {server.IdleWriteTransactionTimeout}, max_statement_time = {server.MaxStatementTime}, autocommit = {(server.Autocommit ? 1 : 0)}")
            : string.Create(CultureInfo.InvariantCulture, $"SET SESSION wait_timeout = {server.WaitTimeout}, innodb_lock_wait_timeout = {server.LockWaitTimeout}");
        var commit = server.CommitsByItself ? "" : ";COMMIT";
        var leaseState = $"owner = @owner, token, expires_at - {Now}";
        return new SqlStatements
        {
            Lock = rows.Lock(MySqlRowLock.Alone),
            TryLock = rows.Begin + rows.TryLock(MySqlRowLock.Alone),
            TryLockAgain = server is { IsMariaDb: true, KeepsSettings: true } ? $"SET SESSION autocommit = 0;{rows.TryLock(MySqlRowLock.Alone)}" : null,
            LockForReader = rows.Lock(rows.Beside),
            TryLockForReader = rows.Begin + rows.TryLock(rows.Beside),
            CreateRow = $"COMMIT;{(rows.HasClock ? InsertIfMissing(table, server) : InsertRow(table, $"VALUES (@key, {Now}, {Now})"))};COMMIT",
            StoreMark = $"{check};UPDATE {table} SET token = @token, used_at = {Now} WHERE lock_key = @key",
            Renew = server.IsMariaDb ? $"SET SESSION {MySqlRowLock.MariaDbIdle}, {StayInTransaction}" : MySqlRowLock.Idle + check,

            // Between two transactions MariaDB's setting means nothing, while MySQL's would end the session in the
            // pool.
            Commit = !server.IsMariaDb ? $"RELEASE SAVEPOINT {MySqlRowLock.Savepoint};COMMIT;{reset}"
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
            LockUnused = $"{rows.Begin.Replace("@idle", "10", StringComparison.Ordinal)}SELECT lock_key FROM {table} WHERE lock_key IN ({SqlStatements.Keys}) AND {IsUnused} FOR UPDATE SKIP LOCKED{rows.Mark}",
            DeleteRows = $"DELETE FROM {table} WHERE lock_key IN ({SqlStatements.Keys})",
            ListHolders = SqlStatements.LeaseHolders(table, Now) + commit,
            EndSession = "KILL CONNECTION_ID()",
            ClientEndsWait = !server.IsMariaDb,
        };
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
