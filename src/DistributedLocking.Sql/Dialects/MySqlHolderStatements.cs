namespace DistributedLocking.Sql.Dialects;

/// <summary>The table of holders on MySQL and MariaDB.</summary>
internal static class MySqlHolderStatements
{
    private const string Now = MySqlTransactionStatements.Now;

    internal static string CreateTable(string holders) => $"""
        CREATE TABLE IF NOT EXISTS {holders} (
            lock_key VARBINARY(255) NOT NULL,
            owner VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            most INT NOT NULL,
            place BIGINT NOT NULL,
            token BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            PRIMARY KEY (lock_key, owner)
        ) ENGINE = InnoDB
        """;

    internal static HolderStatements For(string locks, string holders)
    {
        var isRenewed = $"({HolderStatements.Pairs}) AND {HolderStatements.Holds} AND expires_at > {Now}";
        return new HolderStatements
        {
            Acquire = Together($"""
                INSERT INTO {locks} (lock_key, token, used_at) VALUES (@key, {Now}, {Now})
                ON DUPLICATE KEY UPDATE lock_key = lock_key;
                {HolderStatements.DeleteLapsedOfKey(holders, Now)};
                {HolderStatements.Grant(locks, holders, Now, $"ON DUPLICATE KEY UPDATE token = {HolderStatements.TokenIfFits}, expires_at = {Now} + CASE WHEN fits THEN @ttl ELSE @place END")};
                {HolderStatements.NoteNumber(locks, holders, Now)};
                {HolderStatements.Answer(holders, Now)}
                """),
            Look = Together(HolderStatements.Judge(holders, Now)),
            Renew = Together($"UPDATE {holders} SET expires_at = {Now} + @ttl WHERE {isRenewed};SELECT lock_key, owner FROM {holders} WHERE {isRenewed}"),
            Release = Together($"DELETE FROM {holders} WHERE {HolderStatements.IsOwn} AND {HolderStatements.Holds} AND expires_at > {Now}"),
            Leave = Together($"DELETE FROM {holders} WHERE {HolderStatements.IsOwn} AND NOT {HolderStatements.Holds}"),
            List = Together(HolderStatements.ListOf(holders, Now)),
            DeleteLapsed = Together($"DELETE FROM {holders} WHERE expires_at <= @now LIMIT 500"),
        };
    }

    private static string Together(string statements) => $"SET TRANSACTION ISOLATION LEVEL READ COMMITTED;START TRANSACTION;{statements};COMMIT";
}
