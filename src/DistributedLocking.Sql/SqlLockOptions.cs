using System.Data.Common;

namespace DistributedLocking.Sql;

/// <summary>What the options of all SQL providers share. One of <see cref="ConnectionString"/> and
/// <see cref="DataSource"/> names the database; with neither, the <see cref="DbDataSource"/> that is registered is
/// used.</summary>
/// <remarks>
/// <see cref="DistributedLockOptions.KeyPrefix"/> stands before every key in the table's column <c>lock_key</c>, and
/// its length in bytes before that, as in <c>5:lock:orders:42</c>: applications that share a table stay apart by
/// different prefixes. What has more than 255 bytes in UTF-8 is kept as its SHA-256 hash.
/// </remarks>
public class SqlLockOptions : DistributedLockOptions
{
    /// <summary>The driver's connection string. It never appears in a log or an exception.</summary>
    /// <value>Default: null. The data source that is made from it is disposed with the lock.</value>
    public string? ConnectionString { get; set; }

    /// <summary>Gives the data source to use.</summary>
    /// <value>Default: null. What it returns stays yours: it is not disposed with the lock.</value>
    public Func<IServiceProvider, DbDataSource>? DataSource { get; set; }

    /// <summary>How the database keeps locks. All users of a key must agree on it.</summary>
    /// <value>Default: <see cref="SqlLockMode.RowLock"/>.</value>
    public SqlLockMode Mode { get; set; }

    /// <summary>The name of the lock table. It is quoted, so any name is safe.</summary>
    /// <value>Default: <c>distributed_lock</c>.</value>
    public string Table { get; set; } = "distributed_lock";

    /// <summary>The schema of the lock table (on MySQL: the database).</summary>
    /// <value>Default: null, the connection's own.</value>
    public string? Schema { get; set; }

    /// <summary>Whether to create the table when it is missing.</summary>
    /// <value>
    /// Default: true. For users without the right to create tables, set it to false and create the table with a
    /// migration.
    /// </value>
    public bool CreateTable { get; set; } = true;

    /// <summary>
    /// How long to wait for the answer to one command, beyond the time that the command itself waits for a lock, and
    /// for a connection.
    /// </summary>
    /// <value>
    /// Positive, at most an hour. Default: five seconds. After it the call fails with
    /// <see cref="DistributedLockUnavailableException"/>.
    /// </value>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How many connections row locks may use at a time: one for each lock held, and one for each key that this process
    /// waits for.
    /// </summary>
    /// <value>
    /// One or more. Default: 50. An acquire beyond it fails with <see cref="SqlConnectionLimitException"/> unless a
    /// connection comes free within its wait. Keep it below the size of the driver's pool (100 by default), which other
    /// code may share. An eighth of them, at least one, does not stand in the database's queues: waiters that find no
    /// other look again as the retry policy says.
    /// </value>
    public int MaxConnections { get; set; } = 50;

    /// <summary>How long the row of a key that nobody uses is kept.</summary>
    /// <value>An hour or more, or <see cref="Timeout.InfiniteTimeSpan"/> to keep all rows. Default: seven days.</value>
    public TimeSpan UnusedKeyRetention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// After how long a held row lock is warned of, once: the transaction that keeps it holds back the clean-up of old
    /// row versions in the whole database (PostgreSQL's VACUUM, InnoDB's purge). Use <see cref="SqlLockMode.Lease"/>
    /// for long holds.
    /// </summary>
    /// <value>Positive, or <see cref="Timeout.InfiniteTimeSpan"/> for never. Default: five minutes.</value>
    public TimeSpan LongHoldWarning { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The key of a keyed registration, whose data source is preferred.</summary>
    internal object? ServiceKey { get; set; }
}
