using DistributedLocking.Sql;

namespace DistributedLocking.PostgreSql;

/// <summary>How locks are kept on PostgreSQL.</summary>
public class PostgreSqlLockOptions : SqlLockOptions
{
    /// <summary>
    /// Whether the release of a lease, or of a semaphore in either mode, is notified (<c>LISTEN</c>/<c>NOTIFY</c>),
    /// which wakes waiters at once. Row locks need no notification.
    /// </summary>
    /// <value>
    /// Default: true. Each process that waits for one then keeps one connection that
    /// listens. When notifications turn out not to arrive, as behind a pooler that does not keep sessions, waiters poll
    /// and that is said once.
    /// </value>
    public bool UseNotifications { get; set; } = true;
}
