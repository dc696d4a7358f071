using DistributedLocking.Sql.Dialects;
using DistributedLocking.Sql.Leases;

namespace DistributedLocking.PostgreSql.Dialect;

/// <summary>The statements for PostgreSQL.</summary>
internal static class PostgreSqlStatements
{
    /// <summary>The channel on which released leases are told of.</summary>
    internal const string Channel = IReleaseNotifications.Channel;

    /// <summary>
    /// How long a waiter's wish to be notified is remembered. It is written down again once less than the half is left,
    /// which is longer than the pause between two looks of a waiter: a look as such writes nothing.
    /// </summary>
    private const string WantedFor = "20000000";

    private const string WantedAtLeast = "10000000";

    private const string Begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;";

    private static readonly string Now = SqlDialect.PostgreSql.Clock;

    private static readonly string NewLease = $"@key, @owner, {Now} + @tokens - 1, {Now} + @ttl, {Now}";

    private const string IsUnused = "used_at < @cutoff AND expires_at <= @now AND token < @now";

    private const string IdleTimeout = "set_config('idle_in_transaction_session_timeout', @idle, true)";

    /// <summary>
    /// The commit need not wait for the disk: a crash of the server ends a row lock anyway. Of what such a transaction
    /// may have written, a new row is created again, and the mark of a release says when the key was used and no more:
    /// most releases store none, since a token is larger than earlier ones by the clock. Where it is not, see
    /// <see cref="SqlStatements.BeDurable"/>.
    /// </summary>
    private const string NoFlush = "set_config('synchronous_commit', 'off', true)";

    private const string IsLocked = "distributed_lock.is_locked";

    private const string NoStatementTimeout = "set_config('statement_timeout', '0', true)";

    /// <summary>
    /// The settings end with the transaction, so nothing leaks into the pool. The wait's limit is that of the whole
    /// statement: lock_timeout counts anew for each lock that it waits for, which are two (the row, then its holder)
    /// where somebody waits already.
    /// </summary>
    private const string WaitSettings = $"SELECT {IdleTimeout}, {NoFlush}, set_config('lock_timeout', '0', true), set_config('statement_timeout', @wait, true)";

    // A row that somebody creates at the same time has no lock to skip yet.
    private const string TrySettings = $"SELECT {IdleTimeout}, {NoFlush}, set_config('lock_timeout', '10', true), {NoStatementTimeout}";

    internal static SqlStatements For(string table, bool limitsTransactions) => new()
    {
        Lock = Begin + Settings(WaitSettings, limitsTransactions) + LockRow(table),
        TryLock = Begin + Settings(TrySettings, limitsTransactions) + TryLockRow(table),
        LockForReader = Begin + Settings(WaitSettings, limitsTransactions) + Advise(table, "pg_advisory_xact_lock_shared") + ReadRow(table),
        TryLockForReader = Begin + Settings(TryToAdvise(table, "pg_try_advisory_xact_lock_shared"), limitsTransactions) + TryReadRow(table),
        LockForWriter = Begin + Settings(WaitSettings, limitsTransactions) + Advise(table, "pg_advisory_xact_lock") + ReadRow(table),
        TryLockForWriter = Begin + Settings(TryToAdvise(table, "pg_try_advisory_xact_lock"), limitsTransactions) + TryReadRow(table),
        CreateRow = $"INSERT INTO {table} (lock_key, token, used_at) VALUES (@key, {Now}, {Now}) ON CONFLICT DO NOTHING;COMMIT",
        BeDurable = "SET LOCAL synchronous_commit TO DEFAULT;",
        StoreMark = $"UPDATE {table} SET token = @token, used_at = {Now} WHERE lock_key = @key",
        Renew = $"SELECT {IdleTimeout}",
        Commit = "COMMIT",
        RollBack = "ROLLBACK",
        AcquireLease = InsertLease(table, $"VALUES ({NewLease})"),
        AcquireHeldLease = AcquireHeldLease(table),
        RequestNotice = $"UPDATE {table} SET wanted_until = {Now} + {WantedFor} WHERE lock_key = @key AND owner IS NOT NULL RETURNING expires_at - {Now}",
        RenewLeases = $$"""
            UPDATE {{table}} SET expires_at = {{Now}} + @ttl
            WHERE lock_key IN ({{SqlStatements.Keys}}) AND owner IN ({{SqlStatements.Owners}}) AND expires_at > {{Now}}
            RETURNING lock_key
            """,
        ReleaseLease = ReleaseLease(table),
        FindUnused = $"""
            WITH step AS (SELECT lock_key, {IsUnused} AS is_unused FROM {table} WHERE lock_key > @after ORDER BY lock_key LIMIT 5000)
            SELECT lock_key, 1 FROM step WHERE is_unused UNION ALL (SELECT lock_key, 0 FROM step ORDER BY lock_key DESC LIMIT 1)
            """,
        DeleteRows = $"""
            DELETE FROM {table} WHERE lock_key IN (
                SELECT lock_key FROM {table} WHERE lock_key IN ({SqlStatements.Keys}) AND {IsUnused} FOR UPDATE SKIP LOCKED)
            """,
    };

    /// <summary>
    /// The statements without a transaction in transactions of their own, still one round trip each: at a stricter
    /// isolation level than read committed, a statement fails when another changes its row meanwhile, which is what
    /// waiters do all the time.
    /// </summary>
    internal static SqlStatements WithReadCommitted(SqlStatements statements)
    {
        return statements with
        {
            AcquireLease = InTransaction(statements.AcquireLease),
            AcquireHeldLease = InTransaction(statements.AcquireHeldLease!),
            RequestNotice = InTransaction(statements.RequestNotice!),
            RenewLeases = InTransaction(statements.RenewLeases),
            ReleaseLease = InTransaction(statements.ReleaseLease),
            DeleteRows = InTransaction(statements.DeleteRows),
        };

        static string InTransaction(string statement) => $"{Begin}{statement};COMMIT";
    }

    /// <summary>
    /// PostgreSQL 17 can end every transaction at an age, however it is renewed. Set to zero in a transaction, that is
    /// off for the rest of it.
    /// </summary>
    private static string Settings(string settings, bool limitsTransactions) =>
        settings + (limitsTransactions ? ", set_config('transaction_timeout', '0', true);" : ";");

    /// <summary>
    /// What is locked for a reader or a writer, since the row's own lock lets readers pass a writer that waits: 64 bits
    /// of the key's hash, together with the table. Keys that share them wait for each other, and no more.
    /// </summary>
    private static string LockNumber(string table) =>
        $"('x' || left(encode(sha256(@key), 'hex'), 16))::bit(64)::bigint # '{table.Replace("'", "''", StringComparison.Ordinal)}'::regclass::oid::bigint";

    private static string Advise(string table, string function) => $"SELECT {function}({LockNumber(table)});";

    /// <summary>
    /// The settings, with the attempt. A later statement reads the row: one that waited for nothing, but began before
    /// the holder went, sees the mark of before.
    /// </summary>
    private static string TryToAdvise(string table, string function) =>
        $"{TrySettings}, set_config('{IsLocked}', {function}({LockNumber(table)})::text, true)";

    /// <summary>Like <see cref="LockRow"/>, where something else than the row has been locked.</summary>
    private static string ReadRow(string table) =>
        $"SELECT token, used_at, expires_at, {Now}, {NoStatementTimeout} FROM {table} WHERE lock_key = @key";

    /// <summary>Like <see cref="TryLockRow"/>, where something else than the row has been locked, or not.</summary>
    private static string TryReadRow(string table) => $"""
        SELECT row.token, row.used_at, row.expires_at, {Now}, EXISTS (SELECT 1 FROM {table} WHERE lock_key = @key)
        FROM (SELECT 1) AS one
        LEFT JOIN {table} AS row ON row.lock_key = @key AND current_setting('{IsLocked}') = 'true'
        """;

    private static string InsertLease(string table, string source) => $"""
        INSERT INTO {table} AS held (lock_key, owner, token, expires_at, used_at) {source}
        ON CONFLICT (lock_key) DO UPDATE
        SET owner = excluded.owner, token = greatest(held.token + @tokens, excluded.token), expires_at = excluded.expires_at, used_at = excluded.used_at
        WHERE held.owner IS NULL OR held.expires_at <= excluded.used_at OR held.owner = excluded.owner
        RETURNING token
        """;

    /// <summary>
    /// Nothing is inserted, and the row is not even locked, where a holder is seen: that would take a transaction id,
    /// and leave the row a new version. One row: the token, or else when the holder's lease ends and whether its
    /// release will be notified. None if another took the lease meanwhile.
    /// </summary>
    private static string AcquireHeldLease(string table) => $"""
        WITH seen AS (
            SELECT expires_at - {Now} AS remaining, wanted_until > {Now} + {WantedAtLeast} AS is_wanted
            FROM {table} WHERE lock_key = @key AND owner <> @owner AND expires_at > {Now}
        ), granted AS (
        {InsertLease(table, $"SELECT {NewLease} WHERE NOT EXISTS (SELECT FROM seen)")}
        )
        SELECT token, NULL::bigint, NULL::boolean FROM granted UNION ALL SELECT NULL, remaining, is_wanted FROM seen
        """;

    /// <summary>
    /// That a lease is taken or renewed has to reach the disk, and that it is released need not: where a crash of the
    /// server loses that, the lease ends by its time.
    /// </summary>
    private static string ReleaseLease(string table) => $"""
        UPDATE {table} SET owner = NULL, expires_at = 0
        WHERE lock_key = @key AND owner = @owner AND expires_at > {Now}
        RETURNING {NoFlush}, CASE WHEN wanted_until > {Now} THEN pg_notify('{Channel}', encode(lock_key, 'hex')) END
        """;

    /// <summary>
    /// The clock is outside of the locking query, which PostgreSQL never merges into the outer one, so it is read only
    /// once the row is locked. So is the end of the wait's limit, which would else bound the statements of the holder.
    /// Columns: token, used, expires, now; no row if there is none to lock.
    /// </summary>
    private static string LockRow(string table) => $"""
        SELECT row.token, row.used_at, row.expires_at, {Now}, {NoStatementTimeout}
        FROM (SELECT token, used_at, expires_at FROM {table} WHERE lock_key = @key FOR UPDATE) AS row
        """;

    /// <summary>
    /// The same without waiting. Always one row, which tells in a fifth column whether there is a row; the others are
    /// null if it is not locked.
    /// </summary>
    private static string TryLockRow(string table) => $"""
        SELECT row.token, row.used_at, row.expires_at, {Now}, row.token IS NOT NULL OR EXISTS (SELECT 1 FROM {table} WHERE lock_key = @key)
        FROM (SELECT 1) AS one
        LEFT JOIN (SELECT token, used_at, expires_at FROM {table} WHERE lock_key = @key FOR UPDATE SKIP LOCKED) AS row ON true
        """;
}
