using DistributedLocking.Sql.Leases;

namespace DistributedLocking.Sql.Dialects;

/// <summary>The table of holders on PostgreSQL.</summary>
internal static class PostgreSqlHolderStatements
{
    private const string Now = PostgreSqlTransactionStatements.Now;

    private const string NoFlush = "set_config('synchronous_commit', 'off', true)";

    internal static string CreateTable(string holders) => $"""
        CREATE TABLE IF NOT EXISTS {holders} (
            lock_key bytea NOT NULL,
            owner text NOT NULL,
            most integer NOT NULL,
            place bigint NOT NULL,
            token bigint NOT NULL,
            expires_at bigint NOT NULL,
            PRIMARY KEY (lock_key, owner)
        ) WITH (fillfactor = 50)
        """;

    /// <param name="locks">The lock table.</param>
    /// <param name="holders">The table of holders.</param>
    /// <param name="commitsTogether">See <see cref="SqlStatements.CommitsTogether"/>.</param>
    internal static HolderStatements For(string locks, string holders, bool commitsTogether)
    {
        return new HolderStatements
        {
            Acquire = Together($"""
                INSERT INTO {locks} AS kept (lock_key, token, used_at) VALUES (@key, {Now}, {Now})
                ON CONFLICT (lock_key) DO UPDATE SET used_at = kept.used_at WHERE false;
                {HolderStatements.DeleteLapsedOfKey(holders, Now)};
                {HolderStatements.Grant(locks, holders, Now, "ON CONFLICT (lock_key, owner) DO UPDATE SET token = excluded.token, expires_at = excluded.expires_at")};
                {HolderStatements.NoteNumber(locks, holders, Now)};
                SELECT {NoFlush} WHERE NOT EXISTS (SELECT FROM {holders} WHERE {HolderStatements.IsOwn} AND {HolderStatements.Holds});
                {HolderStatements.Answer(holders, Now)}
                """),
            Look = HolderStatements.Judge(holders, Now),
            Renew = Together($"""
                UPDATE {holders} SET expires_at = {Now} + @ttl
                WHERE ({HolderStatements.Pairs}) AND {HolderStatements.Holds} AND expires_at > {Now}
                RETURNING lock_key, owner
                """),

            // What a crash of the server undoes of these two ends by its time.
            Release = Together(DeleteOwn($"held.{HolderStatements.Holds} AND held.expires_at > {Now}")),
            Leave = Together(DeleteOwn($"NOT held.{HolderStatements.Holds}")),
            List = HolderStatements.ListOf(holders, Now),
            DeleteLapsed = Together($"""
                DELETE FROM {holders} WHERE (lock_key, owner) IN (
                    SELECT lock_key, owner FROM {holders} WHERE expires_at <= @now LIMIT 500 FOR UPDATE SKIP LOCKED)
                """),
        };

        string DeleteOwn(string which) => $"""
            DELETE FROM {holders} AS held WHERE {HolderStatements.IsOwn} AND {which}
            RETURNING {NoFlush}, CASE WHEN EXISTS (SELECT FROM {holders} AS waiting WHERE waiting.lock_key = held.lock_key AND waiting.owner <> held.owner AND NOT waiting.{HolderStatements.Holds})
                THEN pg_notify('{IReleaseNotifications.Channel}', encode(held.lock_key, 'hex')) END
            """;

        string Together(string statements) => commitsTogether ? statements : $"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;{statements};COMMIT";
    }
}
