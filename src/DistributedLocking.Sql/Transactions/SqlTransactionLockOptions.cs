using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.Sql;

/// <summary>
/// How a key is locked inside a transaction of yours. The defaults of table and prefix are those of the SQL providers.
/// </summary>
public sealed record SqlTransactionLockOptions
{
    /// <summary>How long to wait while somebody else holds the lock.</summary>
    /// <value>
    /// Zero for one attempt, <see cref="Timeout.InfiniteTimeSpan"/> for no limit. Default: null, which is five seconds
    /// to acquire and zero to try to.
    /// </value>
    public TimeSpan? WaitTimeout { get; init; }

    /// <summary>The name of the lock table. It is quoted, so any name is safe.</summary>
    /// <value>Default: <c>distributed_lock</c>.</value>
    public string Table { get; init; } = "distributed_lock";

    /// <summary>The schema of the lock table (on MySQL: the database).</summary>
    /// <value>Default: null, the connection's own.</value>
    public string? Schema { get; init; }

    /// <summary>What stands before the keys in the table. Only locks with the same prefix exclude each other.</summary>
    /// <value>Default: <c>lock:</c>, as <see cref="DistributedLockOptions.KeyPrefix"/>. May be empty.</value>
    public string KeyPrefix { get; init; } = "lock:";

    /// <summary>
    /// Whether to create the table when it is missing, on a second connection like that of the transaction.
    /// </summary>
    /// <value>Default: true.</value>
    public bool CreateTable { get; init; } = true;

    /// <summary>How long to wait for the database's answer beyond the wait for the lock.</summary>
    /// <value>Positive, at most an hour. Default: five seconds.</value>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What the transaction's database is.</summary>
    /// <value>
    /// Default: null, which finds out: see the remarks of <see cref="SqlTransactionExtensions"/>. To name
    /// <see cref="SqlDialect.PostgreSql"/> or <see cref="SqlDialect.MySql"/> saves asking the server behind a wrapped
    /// connection; another database needs a dialect of its own.
    /// </value>
    public SqlDialect? Dialect { get; init; }
}
