namespace DistributedLocking.Sql.Dialects;

/// <summary>
/// The statements for reader-writer locks and semaphores that are leases: a table has a row for each holder and for
/// each that waits, with a token of zero. Each text goes to the server in one round trip, and is one transaction at
/// read committed. Parameters: <c>@key</c>, <c>@owner</c>, <c>@limit</c> (how many may hold at once, the owner
/// included), <c>@ttl</c> and <c>@place</c> (microseconds; how long a place lasts that is not asked for again, zero for
/// none). <see cref="Pairs"/> stands for a list.
/// </summary>
internal sealed record HolderStatements
{
    /// <summary>
    /// Stands for the condition that a row is one of <c>@key0</c> and <c>@owner0</c>, <c>@key1</c> ... No identifier
    /// can hold it.
    /// </summary>
    internal const string Pairs = "\0pairs\0";

    /// <summary>Whether a row is that of a holder.</summary>
    internal const string Holds = "token <> 0";

    /// <summary>
    /// Grants, or takes or keeps a place. The first statement locks the key's row, and so makes attempts take turns:
    /// one statement for all of it would decide by what there was before it waited for its turn. The row has the last
    /// number that was given out, for a token or a place. An attempt that is refused writes nothing, unless a place is
    /// new or half of its time is over. The last row of two columns counts: the token, zero if it was not granted, and
    /// when the first of the other holders' leases ends.
    /// </summary>
    internal required string Acquire { get; init; }

    /// <summary>
    /// Looks whether <see cref="Acquire"/> is worth it, for a key that was refused lately. It locks nothing, so that
    /// many who wait are not in the way of the one whose turn comes. Two columns: 1 if it is, else 0, and when the
    /// first of the holders' leases ends.
    /// </summary>
    internal required string Look { get; init; }

    /// <summary>
    /// Renews the leases of <see cref="Pairs"/>; returns the keys and owners of those that were renewed.
    /// </summary>
    internal required string Renew { get; init; }

    /// <summary>Ends the owner's lease; affects one row then.</summary>
    internal required string Release { get; init; }

    /// <summary>Gives up the owner's place.</summary>
    internal required string Leave { get; init; }

    /// <summary>
    /// Tells who holds the keys from <c>@from</c> on and before <c>@to</c>, the first
    /// <see cref="SqlStatements.HoldersAtOnce"/> in the order of keys and owners, of the first key those after <c>@owner</c>.
    /// </summary>
    internal required string List { get; init; }

    /// <summary>Deletes some rows that had lapsed at <c>@now</c>, of any key.</summary>
    internal required string DeleteLapsed { get; init; }

    /// <summary>The table's name, which is made of the lock table's.</summary>
    internal static SqlTable TableOf(SqlTable locks) => locks with { Name = NameOf(locks.Name) };

    /// <summary>The same of the name alone.</summary>
    internal static string NameOf(string locks) => locks + "_holder";

    /// <summary>A row of the owner's own, found by its key and owner.</summary>
    internal static string IsOwn => "lock_key = @key AND owner = @owner";

    /// <summary>What is in no use any more, of this key.</summary>
    internal static string DeleteLapsedOfKey(string holders, string now) => $"DELETE FROM {holders} WHERE lock_key = @key AND expires_at <= {now}";

    /// <summary>
    /// The rule, after the key's row has been locked: of those that hold and those that came before and wait, fewer
    /// than the limit, and none that must be alone. What the owner holds already is granted again.
    /// </summary>
    /// <param name="locks">The lock table.</param>
    /// <param name="holders">The table of holders.</param>
    /// <param name="now">The clock.</param>
    /// <param name="update">What becomes of the owner's row if it has one, by <c>mark</c> and <c>fits</c>.</param>
    internal static string Grant(string locks, string holders, string now, string update) => $"""
        INSERT INTO {holders} (lock_key, owner, most, place, token, expires_at)
        SELECT @key, @owner, @limit, mark, {TokenIfFits}, {now} + CASE WHEN fits THEN @ttl ELSE @place END
        FROM (
            SELECT GREATEST(kept.token + 1, {now}) AS mark,
                {Fits} AS fits, {IsDue(now)} AS is_due
            FROM {locks} AS kept
            LEFT JOIN {holders} AS own ON own.lock_key = @key AND own.owner = @owner
            LEFT JOIN {holders} AS other ON {IsBefore}
            WHERE kept.lock_key = @key
            GROUP BY kept.token, own.token, own.expires_at
        ) AS judged
        WHERE fits OR (@place > 0 AND is_due)
        {update}
        """;

    /// <summary>The same rule for <see cref="Look"/>.</summary>
    internal static string Judge(string holders, string now) => $"""
        SELECT CASE WHEN fits OR (@place > 0 AND is_due) THEN 1 ELSE 0 END, ends_at - {now}
        FROM (
            SELECT {Fits} AS fits, {IsDue(now)} AS is_due, MIN(CASE WHEN other.{Holds} THEN other.expires_at END) AS ends_at
            FROM (SELECT 1 AS one) AS once
            LEFT JOIN {holders} AS own ON own.lock_key = @key AND own.owner = @owner AND own.expires_at > {now}
            LEFT JOIN {holders} AS other ON {IsBefore} AND other.expires_at > {now}
            GROUP BY own.token, own.expires_at
        ) AS judged
        """;

    /// <summary>Notes the number of a new token or place in the key's row.</summary>
    internal static string NoteNumber(string locks, string holders, string now) => $"""
        UPDATE {locks} SET token = (SELECT GREATEST(place, token) FROM {holders} WHERE {IsOwn}), used_at = {now}
        WHERE lock_key = @key AND token < COALESCE((SELECT GREATEST(place, token) FROM {holders} WHERE {IsOwn}), 0)
        """;

    private const string Fits = "COALESCE(own.token, 0) <> 0 OR (COUNT(other.owner) < @limit AND COALESCE(MIN(other.most), 2) > 1)";

    private const string IsBefore = $"other.lock_key = @key AND other.owner <> @owner AND (other.{Holds} OR own.place IS NULL OR other.place < own.place)";

    private static string IsDue(string now) => $"COALESCE(own.expires_at, 0) < {now} + @place / 2";

    internal const string TokenIfFits = "CASE WHEN fits THEN mark ELSE 0 END";

    /// <summary>
    /// <see cref="List"/>: the key, the owner, how many may hold, the token, the clock when it began to ask, how long
    /// its lease lasts, and how many wait for the key.
    /// </summary>
    internal static string ListOf(string holders, string now) => $"""
        SELECT held.lock_key, held.owner, held.most, held.token, held.place, held.expires_at - {now},
            (SELECT COUNT(*) FROM {holders} AS waiter WHERE waiter.lock_key = held.lock_key AND NOT waiter.{Holds} AND waiter.expires_at > {now})
        FROM {holders} AS held
        WHERE held.lock_key >= @from AND held.lock_key < @to AND (held.lock_key > @from OR held.owner > @owner)
            AND held.{Holds} AND held.expires_at > {now}
        ORDER BY held.lock_key, held.owner LIMIT {SqlStatements.HoldersAtOnce}
        """;

    /// <summary>How many columns <see cref="ListOf"/> has.</summary>
    internal const int ListColumns = 7;

    /// <summary>What came of it.</summary>
    internal static string Answer(string holders, string now) => $"""
        SELECT COALESCE((SELECT token FROM {holders} WHERE {IsOwn}), 0),
            (SELECT MIN(expires_at) FROM {holders} WHERE lock_key = @key AND owner <> @owner AND {Holds}) - {now}
        """;
}
