using DistributedLocking.FaultTests.Resources;
using DistributedLocking.TestKit.Proxy;
using Microsoft.Extensions.Logging;
using MySqlConnector;

namespace DistributedLocking.FaultTests.Stores;

/// <summary>A store with a server of its own behind a proxy, and everything that can be done to it.</summary>
internal abstract class StoreUnderTest(StoreKind kind) : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _owned = [];
    private readonly object _lock = new();

    internal StoreKind Kind { get; } = kind;

    /// <summary>How clients reach it: the locks through <see cref="Proxy"/>.</summary>
    internal abstract StoreAddress Address { get; }

    /// <summary>How to reach it behind the proxy's back.</summary>
    internal abstract StoreAddress DirectAddress { get; }

    /// <summary>How one of several workers reaches it.</summary>
    internal virtual StoreAddress AddressFor(int worker) => Address;

    /// <summary>What stands before the locks' server; null where there is none.</summary>
    internal virtual FaultProxy? Proxy => null;

    /// <summary>Whether a lock ends with its connection, so that a cut frees it before its holder knows.</summary>
    internal bool ForgetsWhenCut => Kind.IsRowLock();

    /// <summary>Whether locks end with the server's process.</summary>
    internal bool ForgetsWhenRestarted => Kind.IsRedis() || Kind.IsRowLock();

    /// <summary>What happens to one of several servers, with names; none where there is one only.</summary>
    internal virtual IReadOnlyList<(string Name, Func<Random, Task> Make)> FailOvers => [];

    internal static async Task<StoreUnderTest> StartAsync(StoreKind kind) => kind switch
    {
        StoreKind.FileSystem => new FileSystemUnderTest(),
        StoreKind.Redis or StoreKind.RedisBatches or StoreKind.Garnet => await RedisUnderTest.StartAsync(kind),
        StoreKind.RedisQuorum => await RedisQuorumUnderTest.StartAsync(),
        StoreKind.RedisSentinel or StoreKind.RedisSentinelReplicas => await RedisSentinelUnderTest.StartAsync(kind),
        StoreKind.Etcd => await EtcdUnderTest.StartAsync(),
        StoreKind.EtcdCluster => await EtcdClusterUnderTest.StartAsync(),
        StoreKind.RedisCluster => await RedisClusterUnderTest.StartAsync(),
        StoreKind.GaleraRowLock or StoreKind.GaleraLease => await GaleraUnderTest.StartAsync(kind),
        StoreKind.PostgreSqlRowLock or StoreKind.PostgreSqlLease => await PostgreSqlUnderTest.StartAsync(kind),
        _ => await MySqlUnderTest.StartAsync(kind),
    };

    /// <summary>A lock as an application has one, through the proxy.</summary>
    internal DistributedLock NewLock(
        TimeSpan? commandTimeout = null, ILoggerFactory? loggerFactory = null, Action<DistributedLockOptions>? configure = null, bool isDirect = false)
    {
        // Sessions of a pool of its own are used again without a word to the server, or not, as time goes. Here each
        // command is to be known.
        var address = isDirect ? DirectAddress : Address;
        var dataSource = Kind is StoreKind.MySqlLease or StoreKind.MySqlRowLock ? Own(new MySqlDataSource(address.Locks)) : null;
        var (provider, options) = address.CreateProvider(commandTimeout, loggerFactory, dataSource);
        options.TimeToLive = TimeSpan.FromMinutes(5);
        options.Retry = RetryPolicy.Fixed(TimeSpan.FromMilliseconds(20), 100_000);
        configure?.Invoke(options);
        return Own(new DistributedLock(provider, options, loggerFactory));
    }

    internal ICounter NewCounter() => Own(Address.CreateCounter());

    internal abstract void Freeze();

    internal abstract void Thaw();

    internal abstract Task KillAsync();

    internal abstract Task RestartAsync();

    /// <summary>
    /// Ends the sessions of all others by the server's own means; what else an administrator may do to a running
    /// server.
    /// </summary>
    internal abstract Task DisturbAsync();

    /// <summary>What the store keeps of locks that nobody holds: nothing, when all have ended.</summary>
    internal abstract Task<IReadOnlyList<string>> FindOrphansAsync();

    /// <summary>How many connections the server has, that of the question not counted.</summary>
    internal abstract Task<int> CountConnectionsAsync();

    internal T Own<T>(T resource)
        where T : IAsyncDisposable
    {
        lock (_lock)
        {
            _owned.Add(resource);
        }

        return resource;
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = _owned.Count - 1; i >= 0; i--)
        {
            await _owned[i].DisposeAsync();
        }

        if (Proxy is { } proxy)
        {
            await proxy.DisposeAsync();
        }

        await StopAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract ValueTask StopAsync();
}
