using System.Data.Common;
using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.Sql.Connections;

/// <summary>Turns what a driver throws into what the engine understands. No message quotes the driver's, which may hold the user's name or the address.</summary>
internal static class SqlFailure
{
    internal static DistributedLockUnavailableException Translate(Exception error, SqlDialect dialect)
    {
        if (error is DistributedLockUnavailableException known)
        {
            return known;
        }

        return dialect.Classify(error) switch
        {
            SqlFault.Refused => new($"The database refused the lock's statement or its user{State(error)}.", error) { IsTransient = false },
            SqlFault.TableMissing => new("The lock table does not exist. Let it be created, or create it with a migration.", error) { IsTransient = false },
            SqlFault.LockTimeout => new($"The lock's statement had to wait for another transaction for too long{State(error)}.", error),
            SqlFault.Deadlock => new($"The lock's transaction was the victim of a deadlock{State(error)}.", error),
            _ => new($"The lock's database failed{State(error)}.", error),
        };
    }

    internal static DistributedLockUnavailableException TimedOut(TimeSpan timeout, Exception? error = null) =>
        new($"The lock's database did not answer within {timeout}.", error);

    /// <summary>The same for what failed before a connection was there to send anything on.</summary>
    internal static DistributedLockUnavailableException Unsent(DistributedLockUnavailableException failure) =>
        new(failure.Message, failure.InnerException) { IsTransient = failure.IsTransient, IsUnsent = true };

    private static string State(Exception error) => error is DbException { SqlState: { Length: > 0 } state } ? $" (SQLSTATE {state})" : "";
}
