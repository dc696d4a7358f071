using System.Data.Common;
using ConcurrentMutation.Stores;
using DistributedLocking;

namespace ConcurrentMutation.Figures;

internal static class ErrorCause
{
    /// <summary>
    /// What a failed attempt is counted as, or null for an exception that no store or lock is known to throw: that is a
    /// bug.
    /// </summary>
    internal static string? Of(Exception exception) => exception switch
    {
        DistributedLockTimeoutException => "lock timed out",
        DistributedLockLostException => "lock lost",
        DistributedLockUnavailableException => "lock store failed",
        DistributedLockException => "lock failed",
        DeadlockException => "deadlock",
        TimeoutException => "database busy",
        DbException => "database failed",
        _ => null,
    };
}
