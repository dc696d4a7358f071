namespace DistributedLocking.Sql.Dialects;

/// <summary>
/// The statements of one server for one table. A text may hold several statements, separated by semicolons, which go to
/// the server in one round trip. Parameters: <c>@key</c> (bytes), <c>@owner</c> (text), <c>@token</c>, <c>@tokens</c>
/// (how many), <c>@ttl</c> (microseconds), and those that <see cref="SqlLockDialect.AddRowLockParameters"/> adds.
/// <see cref="Keys"/> and <see cref="Owners"/> stand for lists.
/// </summary>
public sealed record SqlStatements
{
    /// <summary>Stands for the list of parameters <c>@key0, @key1 ...</c>. No identifier can hold it.</summary>
    public const string Keys = "\0keys\0";

    /// <summary>Stands for the list of parameters <c>@owner0, @owner1 ...</c>.</summary>
    public const string Owners = "\0owners\0";

    /// <summary>
    /// Begins a transaction that the server ends when it is idle for the lease, and locks the key's row, waiting for
    /// it.
    /// </summary>
    public required string Lock { get; init; }

    /// <summary>Like <see cref="Lock"/>, without waiting.</summary>
    public required string TryLock { get; init; }

    /// <summary>
    /// Like <see cref="TryLock"/>, in a session whose settings are as such a statement left them, with the same lease.
    /// Null where none outlive the transaction.
    /// </summary>
    public string? TryLockAgain { get; init; }

    /// <summary>Like <see cref="Lock"/> for a reader, beside others. Null where there are no such locks.</summary>
    public string? LockForReader { get; init; }

    /// <summary>
    /// Like <see cref="TryLock"/> for a reader, beside others; it is not let in while a writer waits.
    /// </summary>
    public string? TryLockForReader { get; init; }

    /// <summary>
    /// Like <see cref="Lock"/> for a writer, beside <see cref="LockForReader"/>. Null for <see cref="Lock"/> itself.
    /// </summary>
    public string? LockForWriter { get; init; }

    /// <summary>Like <see cref="TryLock"/> for a writer; null for <see cref="TryLock"/> itself.</summary>
    public string? TryLockForWriter { get; init; }

    /// <summary>In a transaction: creates the key's row unless it exists, and commits that.</summary>
    public required string CreateRow { get; init; }

    /// <summary>
    /// In the transaction that locks the row: stores <c>@token</c> as its mark. <see cref="Commit"/> follows.
    /// </summary>
    public required string StoreMark { get; init; }

    /// <summary>
    /// Comes before <see cref="StoreMark"/> where the mark must not be lost: makes the commit wait for the disk, with a
    /// semicolon at its end. Null where every commit does.
    /// </summary>
    public string? BeDurable { get; init; }

    /// <summary>Keeps the transaction alive for the lease from now on.</summary>
    public required string Renew { get; init; }

    /// <summary>
    /// Commits, and puts back the session's settings, unless the driver does that before anybody gets the connection
    /// again.
    /// </summary>
    public required string Commit { get; init; }

    /// <summary>Rolls back, and puts back the session's settings.</summary>
    public required string RollBack { get; init; }

    /// <summary>
    /// Takes the lease if nobody has it, with <c>@tokens</c> fencing tokens in a row, the last of which stays in the
    /// row.
    /// </summary>
    public required string AcquireLease { get; init; }

    /// <summary>
    /// Like <see cref="AcquireLease"/>, for a lease that was seen held lately: it tells when the holder's lease ends,
    /// and writes nothing where there is one. Null where <see cref="AcquireLease"/> does that.
    /// </summary>
    public string? AcquireHeldLease { get; init; }

    /// <summary>
    /// Asks that the release of a lease is notified for a while; tells when the lease ends (microseconds from now), or
    /// nothing if it is free by now. Null where the database can't notify.
    /// </summary>
    public string? RequestNotice { get; init; }

    /// <summary>
    /// Renews the leases of <see cref="Keys"/> and <see cref="Owners"/>; returns the keys of those that were renewed.
    /// </summary>
    public required string RenewLeases { get; init; }

    /// <summary>Frees the lease if the owner has it; affects one row then.</summary>
    public required string ReleaseLease { get; init; }

    /// <summary>
    /// Looks at some thousand rows with keys after <c>@after</c>, in the order of the keys, for rows without a lease at
    /// <c>@now</c> that were last used before <c>@cutoff</c> and whose mark is older than <c>@now</c> (microseconds
    /// since 1970). Columns: a key, and 1 for such a row or 0 for the last one that was looked at, which comes once
    /// more. It locks none, not even for a moment: an attempt that does not wait would take that for a holder.
    /// </summary>
    public required string FindUnused { get; init; }

    /// <summary>
    /// Begins a transaction that the server ends when it is idle for ten seconds, and locks those rows of
    /// <see cref="Keys"/> that are still unused and not locked; returns their keys. Null where <see cref="DeleteRows"/>
    /// does all of it.
    /// </summary>
    public string? LockUnused { get; init; }

    /// <summary>
    /// Deletes the rows of <see cref="Keys"/>, which <see cref="LockUnused"/> has locked, and <see cref="Commit"/>
    /// follows; without it, those that are still unused and not locked.
    /// </summary>
    public required string DeleteRows { get; init; }

    /// <summary>
    /// Tells who holds the keys from <c>@from</c> on and before <c>@to</c>, the first <see cref="HoldersAtOnce"/> in the
    /// order of the keys, and locks nothing. Columns, all but the first may be null: the key, the owner id, the fencing
    /// token, how long the lease lasts (microseconds), since when it is held (microseconds since 1970), the holder's
    /// session, its address, how many wait. Null where <see cref="SqlLockDialect.WhyNoInspection"/> says why.
    /// </summary>
    public string? ListHolders { get; init; }

    /// <summary>
    /// Ends <c>@session</c> if it is the one that holds the row of <c>@key</c>; one row with true then. For row locks.
    /// </summary>
    public string? EndHolder { get; init; }

    /// <summary>
    /// Ends this connection on the server, so that its settings reach nobody else. Null where no setting outlives a
    /// transaction.
    /// </summary>
    public string? EndSession { get; init; }

    /// <summary>
    /// Whether the statements that every acquisition needs are prepared on their connection, which the driver then
    /// remembers. The server need not parse and plan them again.
    /// </summary>
    public bool PrepareFrequent { get; init; }

    /// <summary>
    /// Whether statements that are sent together, outside of a transaction, are one at read committed all the same.
    /// </summary>
    public bool CommitsTogether { get; init; }

    /// <summary>The statements of the table of holders; null where the dialect has none.</summary>
    internal HolderStatements? Holders { get; init; }

    /// <summary>Where the driver has to end a wait itself, because the server counts in whole seconds.</summary>
    public bool ClientEndsWait { get; init; }

    /// <summary>How many rows <see cref="ListHolders"/> yields at most.</summary>
    public const int HoldersAtOnce = 1000;

    /// <summary><see cref="ListHolders"/> for leases, on any database.</summary>
    /// <param name="table">The quoted table.</param>
    /// <param name="clock">The database's clock.</param>
    /// <returns>The statement.</returns>
    public static string LeaseHolders(string table, string clock) => $"""
        SELECT lock_key, owner, token, expires_at - {clock}, used_at, NULL, NULL, NULL FROM {table}
        WHERE lock_key >= @from AND lock_key < @to AND owner IS NOT NULL AND expires_at > {clock}
        ORDER BY lock_key LIMIT {HoldersAtOnce}
        """;

    /// <summary>Whether a statement is one that every acquisition needs.</summary>
    internal bool IsFrequent(string text) =>
        ((ReadOnlySpan<string?>)[
            TryLock, TryLockAgain, Commit, AcquireLease, ReleaseLease, Lock, Renew, AcquireHeldLease,
            Holders?.Acquire, Holders?.Look, Holders?.Release, LockForReader, TryLockForReader, LockForWriter, TryLockForWriter,
        ]).Contains(text);
}
