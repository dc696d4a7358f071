namespace DistributedLocking.Sql.Dialects;

/// <summary>
/// The statements that lock a key inside a transaction that is not ours. None of them may end it, or leave a setting of
/// its session changed.
/// </summary>
public sealed record SqlTransactionStatements
{
    /// <summary>
    /// Creates the row of <c>@key</c> if there is none, locks it, waiting as long as the parameters of
    /// <see cref="SqlDialect.AddTransactionWait"/> say, and gives it a new fencing token. One result has a first column
    /// named <c>token</c>: the new token, or null when a live lease was found on a row that stays locked. Where
    /// <see cref="Undo"/> frees the row, a lease is a failure of kind <see cref="SqlFault.LockTimeout"/>.
    /// </summary>
    public required string Acquire { get; init; }

    /// <summary>Like <see cref="Acquire"/>, without waiting.</summary>
    public required string TryAcquire { get; init; }

    /// <summary>
    /// After a failed attempt: frees the row, and lets the transaction go on. Null where a failed statement undoes just
    /// itself.
    /// </summary>
    public string? Undo { get; init; }

    /// <summary>
    /// Reads the whole number that a setting of the session has which the statements change. Null when they leave none
    /// changed.
    /// </summary>
    public string? ReadSetting { get; init; }

    /// <summary>Puts back the setting to <c>@setting</c>.</summary>
    public string? RestoreSetting { get; init; }

    /// <summary>Where the driver has to end a wait itself, because the server counts in whole seconds.</summary>
    public bool ClientEndsWait { get; init; }
}
