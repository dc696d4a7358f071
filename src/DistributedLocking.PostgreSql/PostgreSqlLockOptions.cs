using DistributedLocking.Sql;

namespace DistributedLocking.PostgreSql;

/// <summary>How locks are kept on PostgreSQL.</summary>
public class PostgreSqlLockOptions : SqlLockOptions
{
    /// <summary>
    /// Whether the release of a lease is notified (<c>LISTEN</c>/<c>NOTIFY</c>), which wakes waiters at once. Row locks
    /// need no notification.
    /// </summary>
    /// <value>
    /// Default: true. Each process that waits in <see cref="SqlLockMode.Lease"/> then keeps one connection that
    /// listens. When notifications turn out not to arrive, as behind a pooler that does not keep sessions, waiters poll
    /// and that is said once.
    /// </value>
    public bool UseNotifications { get; set; } = true;
}
