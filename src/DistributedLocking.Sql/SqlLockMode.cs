namespace DistributedLocking.Sql;

/// <summary>How a database keeps a lock.</summary>
public enum SqlLockMode
{
    /// <summary>
    /// A row lock (<c>SELECT ... FOR UPDATE</c>) in a transaction on a connection of its own. It is free at once when
    /// its holder's connection closes, and waiters stand in the database's own queue. Each held lock and each waiting
    /// key costs a connection.
    /// </summary>
    RowLock = 0,

    /// <summary>
    /// Owner and expiry in a row. It costs no connection while it is held, which suits long holds and many locks, and
    /// it works on clusters with several primaries. The lock of a dead holder is free when its lease ends; waiters poll
    /// unless the database notifies them. A database's clock that is set forward ends leases early.
    /// </summary>
    Lease,
}
