namespace DistributedLocking.Sql.Dialects;

/// <summary>The statements of the fencing guard.</summary>
public sealed record SqlFencingStatements
{
    /// <summary>Creates the table of the newest tokens.</summary>
    public required string CreateTable { get; init; }

    /// <summary>
    /// Remembers <c>@token</c> for <c>@resource</c> (bytes) unless a newer one is known, and locks the resource's row.
    /// One result has a first column named <c>token</c>: the newest token.
    /// </summary>
    public required string Remember { get; init; }

    /// <summary>
    /// Makes the transaction usable again after a failure. Null where a failed statement leaves the transaction as it
    /// was.
    /// </summary>
    public string? Undo { get; init; }
}
