using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.PostgreSql.Dialect;

/// <summary>
/// Who has a row locked, read without locking any: a row's <c>xmax</c> is the transaction that locked it last, and
/// <c>pg_locks</c> has the transactions that are still there. Any user may read both, and what
/// <c>pg_stat_activity</c> tells of sessions of the same role.
/// </summary>
internal static class PostgreSqlHolders
{
    private const string IsHolder = "one.locktype = 'transactionid' AND one.granted AND one.transactionid = held.xmax";

    /// <summary>
    /// The first that waits for a row waits for its holder's transaction, and the others for the row.
    /// </summary>
    internal static string List(string table) => $"""
        WITH locks AS MATERIALIZED (
            SELECT locktype, granted, transactionid, pid, relation, page, tuple FROM pg_locks WHERE locktype IN ('transactionid', 'tuple')
        )
        SELECT held.lock_key, NULL::text, NULL::bigint, NULL::bigint, (extract(epoch FROM session.xact_start) * 1000000)::bigint,
            one.pid::bigint, host(session.client_addr),
            (SELECT count(*) FROM locks AS waiter WHERE NOT waiter.granted AND (
                waiter.transactionid = held.xmax
                OR (waiter.relation = held.tableoid AND waiter.page = (held.ctid::text::point)[0]::integer AND waiter.tuple = (held.ctid::text::point)[1]::smallint)))
        FROM {table} AS held JOIN locks AS one ON {IsHolder} LEFT JOIN pg_stat_activity AS session ON session.pid = one.pid
        WHERE held.lock_key >= @from AND held.lock_key < @to
        ORDER BY held.lock_key LIMIT {SqlStatements.HoldersAtOnce}
        """;

    internal static string End(string table) =>
        $"SELECT pg_terminate_backend(one.pid) FROM {table} AS held JOIN pg_locks AS one ON {IsHolder} WHERE held.lock_key = @key AND one.pid = @session";
}
