using System.Data.Common;
using DistributedLocking.Sql.Dialects;
using DistributedLocking.TestKit.Servers;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Sql.Tests.Servers;

/// <summary>
/// What differs between databases for the tests: the provider, the driver, and how an administrator asks the server.
/// </summary>
public abstract class DatabaseKind
{
    internal abstract SqlLockDialect LockDialect { get; }

    /// <summary>The clock that tokens and expiries are counted by.</summary>
    internal abstract string Now { get; }

    /// <summary>The isolation level and the settings that a lock changes, of the session that asks.</summary>
    internal abstract string Settings { get; }

    /// <summary>The session's own id.</summary>
    internal abstract string Self { get; }

    /// <summary>What makes a driver hand on a session as it was left.</summary>
    internal abstract string NoReset { get; }

    /// <summary>How the test worker is told of the provider.</summary>
    internal abstract string WorkerName { get; }

    internal abstract Task<DatabaseServer> StartServerAsync(params string[] arguments);

    /// <summary>A server whose sessions begin with unusual settings.</summary>
    internal abstract Task<DatabaseServer> StartUnusualServerAsync(string isolationLevel);

    /// <summary>
    /// A server that ends whatever is idle, waits or takes time for more than a second or two, as far as its own
    /// settings count.
    /// </summary>
    internal abstract Task<DatabaseServer> StartHostileServerAsync();

    internal abstract Task<DatabaseServer> GetSharedServerAsync();

    internal abstract DbDataSource CreateSource(string connectionString);

    internal abstract SqlLockOptions NewOptions();

    internal abstract SqlLockProvider CreateProvider(SqlLockOptions options, DbDataSource source, ILoggerFactory? loggerFactory = null, TimeProvider? time = null);

    internal abstract string Drop(string database);

    /// <summary>The ids of the database's sessions.</summary>
    internal abstract string Sessions(string database);

    /// <summary>The ids of the database's sessions that wait for a row.</summary>
    internal abstract Task<List<long>> GetWaitingAsync(DatabaseUnderTest database);

    /// <summary>The ids of the database's sessions that are idle in a transaction.</summary>
    internal abstract Task<List<long>> GetHoldingAsync(DatabaseUnderTest database);

    internal abstract string Kill(long session);

    /// <summary>Locks a whole table until the session ends.</summary>
    internal abstract string LockTable(string table);

    /// <summary>How often a transaction was the victim of a deadlock.</summary>
    internal abstract string Deadlocks(string database);

    internal string Quote(string identifier) => LockDialect.Dialect.Quote(identifier);
}
