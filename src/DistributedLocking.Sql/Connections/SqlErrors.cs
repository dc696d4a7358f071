using System.Data.Common;
using DistributedLocking.Providers;
using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.Sql.Connections;

/// <summary>
/// Turns what a driver throws into what the engine understands, with the server's address and the cause. No message
/// quotes the driver's, which may hold the user's name.
/// </summary>
internal static class SqlErrors
{
    internal static DistributedLockUnavailableException Translate(
        Exception error, SqlDialect dialect, string? server = null, string? cause = null, string table = "lock table, or that of its holders,")
    {
        if (error is DistributedLockUnavailableException known)
        {
            return known;
        }

        var because = (Explain(error, dialect, server) ?? cause) is { } reason ? $": {reason}" : "";
        var end = $"{because}{State(error)}.";
        return dialect.Classify(error) switch
        {
            SqlFault.Refused => new($"The lock's database{At(server)} refused the lock's statement or its user{end}", error) { IsTransient = false },
            SqlFault.TableMissing => new($"The {table} does not exist. Let it be created, or create it with a migration.", error) { IsTransient = false },
            SqlFault.LockTimeout => new($"The lock's statement had to wait for another transaction for too long{State(error)}.", error),
            SqlFault.Deadlock => new($"The lock's transaction was the victim of a deadlock{State(error)}.", error),
            _ => new($"The lock's database{At(server)} failed{end}", error),
        };
    }

    internal static DistributedLockUnavailableException TimedOut(TimeSpan timeout, Exception? error = null, string? server = null) =>
        new($"The lock's database{At(server)} did not answer within {timeout}.", error);

    internal static DistributedLockUnavailableException NotOpened(TimeSpan timeout, Exception error, string? server) =>
        new($"No connection to the lock's database{At(server)} was to be had within {timeout}: it did not answer, or the driver's pool had none free.", error);

    /// <summary>
    /// What a wait that has ended means where the whole table is locked: nobody has been seen to hold the key.
    /// </summary>
    internal static DistributedLockUnavailableException TableLocked(Exception error) =>
        new("Somebody has locked the whole lock table, or waits to do so (LOCK TABLE, VACUUM FULL, ALTER TABLE).", error);

    /// <summary>What the dialect or a socket's exception says; null when neither does.</summary>
    internal static string? Explain(Exception error, SqlDialect dialect, string? server) => dialect.Explain(error) ?? SocketFault.Find(error, server);

    /// <summary>Whether the server has said something: its errors have a code.</summary>
    internal static bool IsAnswer(Exception error) => State(error).Length > 0;

    private static string At(string? server) => server is null ? "" : $" at {server}";

    /// <summary>The same for what failed before a connection was there to send anything on.</summary>
    internal static DistributedLockUnavailableException Unsent(DistributedLockUnavailableException failure) =>
        new(failure.Message, failure.InnerException) { IsTransient = failure.IsTransient, IsUnsent = true };

    private static string State(Exception error) => error is DbException { SqlState: { Length: > 0 } state } ? $" (SQLSTATE {state})" : "";
}
