using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.Sql;

/// <summary>Where the fencing guard remembers the newest token of each resource.</summary>
public sealed record SqlFencingOptions
{
    /// <summary>The name of the table. It is quoted, so any name is safe.</summary>
    /// <value>Default: <c>distributed_lock_fence</c>.</value>
    public string Table { get; init; } = "distributed_lock_fence";

    /// <summary>The schema of the table (on MySQL: the database).</summary>
    /// <value>Default: null, the connection's own.</value>
    public string? Schema { get; init; }

    /// <summary>
    /// Whether to create the table when it is missing, on a second connection like that of the transaction.
    /// </summary>
    /// <value>Default: true.</value>
    public bool CreateTable { get; init; } = true;

    /// <summary>
    /// How long to wait for the database's answer, and for another guarded transaction on the same resource to end.
    /// </summary>
    /// <value>
    /// Positive, at most an hour. Default: 30 seconds. The database's own limit on waiting for a row may be shorter.
    /// </value>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What the transaction's database is.</summary>
    /// <value>
    /// Default: null, which finds out: see the remarks of <see cref="SqlTransactionExtensions"/>. To name
    /// <see cref="SqlDialect.PostgreSql"/> or <see cref="SqlDialect.MySql"/> saves asking the server behind a wrapped
    /// connection; another database needs a dialect of its own.
    /// </value>
    public SqlDialect? Dialect { get; init; }
}
