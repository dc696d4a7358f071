using DistributedLocking.Benchmarks.Subjects;
using DistributedLocking.TestKit.Proxy;
using DistributedLocking.TestKit.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedLocking.Benchmarks.Stores;

/// <summary>What locks are kept in: a running server, and how to lock on it.</summary>
internal abstract class Store : IAsyncDisposable
{
    /// <summary>The stores with a server, by their names on the command line.</summary>
    internal static readonly string[] Names = [RedisStore.StoreName, PostgreSqlStore.StoreName, MySqlStore.StoreName, EtcdStore.StoreName];

    /// <summary>All stores.</summary>
    internal static readonly string[] AllNames = [.. Names, FileSystemStore.StoreName];

    /// <summary>The server; null where there is none.</summary>
    protected abstract ServerProcess? Server { get; }

    /// <summary>What stands before the server; null where nothing does.</summary>
    protected FaultProxy? Network { get; private set; }

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
                EtcdStore.StoreName => await EtcdStore.OpenAsync(),
                FileSystemStore.StoreName => FileSystemStore.Open(),
                _ => await RedisStore.OpenAsync(),
            };
        }
        catch (Exception e)
        {
            throw new StoreUnavailableException($"No {name} server: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>How many locks one process can hold at once in a mode, at ease.</summary>
    internal virtual int MostHeld(string mode) => int.MaxValue;

    /// <summary>
    /// Makes what is compared without contention: the raw driver first, then our own statements on it, our lock in two
    /// uses, other packages' locks.
    /// </summary>
    internal abstract Task<IReadOnlyList<ILockSubject>> CreateSubjectsAsync(string mode);

    /// <summary>Makes a lock as an application does.</summary>
    internal abstract ServiceProvider CreateLock(LockUse use);

    /// <summary>The locks whose hand-off is compared, ours first: for <see cref="CreateWaitingLockAsync"/>.</summary>
    internal virtual IReadOnlyList<string> WaitingLocks => [WaitingLock.Name];

    /// <summary>Makes one of <see cref="WaitingLocks"/>.</summary>
    internal virtual Task<IWaitingLock> CreateWaitingLockAsync(string mode, string name) =>
        Task.FromResult<IWaitingLock>(new WaitingLock(CreateLock(new LockUse(mode))));

    /// <summary>Puts a network before the server, which all that is made from now on goes through.</summary>
    /// <param name="latency">How long bytes travel, each way.</param>
    /// <exception cref="StoreUnavailableException">There is no server.</exception>
    internal FaultProxy AddNetwork(TimeSpan latency) => Network = Server is { } server
        ? new FaultProxy(server.Host, server.Port, latency)
        : throw new StoreUnavailableException($"{Name} has no server that a network could stand before.");

    /// <summary>How many connections the server has now, but for the one that asks.</summary>
    internal abstract Task<int> CountConnectionsAsync();

    /// <summary>How many commands clients have sent so far; null where the server does not say.</summary>
    internal virtual Task<long?> CountCommandsAsync() => Task.FromResult<long?>(null);

    public abstract ValueTask DisposeAsync();
}
