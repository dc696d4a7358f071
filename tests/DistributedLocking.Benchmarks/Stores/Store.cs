using DistributedLocking.Benchmarks.Subjects;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedLocking.Benchmarks.Stores;

/// <summary>What locks are kept in: a running server, and how to lock on it.</summary>
internal abstract class Store : IAsyncDisposable
{
    /// <summary>The stores with a server, by their names on the command line.</summary>
    internal static readonly string[] Names = [RedisStore.StoreName, PostgreSqlStore.StoreName, MySqlStore.StoreName];

    /// <summary>All stores.</summary>
    internal static readonly string[] AllNames = [.. Names, FileSystemStore.StoreName];

    /// <summary>One of <see cref="AllNames"/>.</summary>
    internal abstract string Name { get; }

    /// <summary>Driver and server, with their versions.</summary>
    internal abstract string Description { get; }

    /// <summary>The ways to keep a lock that the store has.</summary>
    internal abstract IReadOnlyList<string> Modes { get; }

    /// <summary>How many callers, each with a key of its own, are measured without contention.</summary>
    internal abstract IReadOnlyList<int> UncontendedCallers { get; }

    /// <summary>The environment variable that leads another process to the same server.</summary>
    internal abstract KeyValuePair<string, string> Address { get; }

    /// <summary>Starts the server of a name, or connects to the one that the environment names.</summary>
    /// <exception cref="StoreUnavailableException">There is none.</exception>
    internal static async Task<Store> OpenAsync(string name)
    {
        try
        {
            return name switch
            {
                PostgreSqlStore.StoreName => await PostgreSqlStore.OpenAsync(),
                MySqlStore.StoreName => await MySqlStore.OpenAsync(),
                FileSystemStore.StoreName => FileSystemStore.Open(),
                _ => await RedisStore.OpenAsync(),
            };
        }
        catch (Exception e)
        {
            throw new StoreUnavailableException($"No {name} server: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>Makes what is compared without contention: the raw driver first, then our own statements on it, our lock in two uses, other packages' locks.</summary>
    internal abstract Task<IReadOnlyList<ILockSubject>> CreateSubjectsAsync(string mode);

    /// <summary>Makes a lock as an application does.</summary>
    internal abstract ServiceProvider CreateLock(LockUse use);

    /// <summary>The locks whose hand-off is compared, ours first: for <see cref="CreateWaitingLockAsync"/>.</summary>
    internal virtual IReadOnlyList<string> WaitingLocks => [WaitingLock.Name];

    /// <summary>Makes one of <see cref="WaitingLocks"/>.</summary>
    internal virtual Task<IWaitingLock> CreateWaitingLockAsync(string mode, string name) =>
        Task.FromResult<IWaitingLock>(new WaitingLock(CreateLock(new LockUse(mode))));

    /// <summary>How many connections the server has now, but for the one that asks.</summary>
    internal abstract Task<int> CountConnectionsAsync();

    /// <summary>How many commands clients have sent so far; null where the server does not say.</summary>
    internal virtual Task<long?> CountCommandsAsync() => Task.FromResult<long?>(null);

    public abstract ValueTask DisposeAsync();
}
