using DistributedLocking.Etcd;
using DistributedLocking.FaultTests.Resources;
using DistributedLocking.FileSystem;
using DistributedLocking.MySql;
using DistributedLocking.PostgreSql;
using DistributedLocking.Providers;
using DistributedLocking.Redis;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Sql;
using Microsoft.Extensions.Logging;
using MySqlConnector;
using Npgsql;

namespace DistributedLocking.FaultTests.Stores;

/// <summary>How a process reaches a store: all that a worker is told about it.</summary>
/// <param name="Kind">The kind of store.</param>
/// <param name="Locks">The directory, address, addresses or connection string of the locks; it leads through the
/// proxy.</param>
/// <param name="Data">The same for the data that the locks protect; it does not.</param>
internal sealed record StoreAddress(StoreKind Kind, string Locks, string Data)
{
    /// <summary>
    /// The deleting of unused rows would make a second connection, which a fault may then meet instead of the one that
    /// is meant.
    /// </summary>
    private static readonly TimeSpan Never = Timeout.InfiniteTimeSpan;

    /// <summary>Makes a provider with its options.</summary>
    /// <param name="commandTimeout">The time-out of each command to the store.</param>
    /// <param name="loggerFactory">Where log entries go.</param>
    /// <param name="dataSource">What makes the connections to MySQL; null for the provider's own.</param>
    internal (ILockProvider Provider, DistributedLockOptions Options) CreateProvider(
        TimeSpan? commandTimeout = null, ILoggerFactory? loggerFactory = null, MySqlDataSource? dataSource = null)
    {
        var timeout = commandTimeout ?? TimeSpan.FromSeconds(30);
        switch (Kind)
        {
            case StoreKind.FileSystem:
                var files = new FileSystemLockOptions { Directory = Locks };
                return (new FileSystemLockProvider(files, loggerFactory), files);
            case StoreKind.Redis or StoreKind.Garnet or StoreKind.RedisSentinel or StoreKind.RedisSentinelReplicas or StoreKind.RedisCluster:
                var redis = new RedisLockOptions { Configuration = Locks, CommandTimeout = timeout, MinReplicas = Kind == StoreKind.RedisSentinelReplicas ? 1 : 0 };
                return (new RedisLockProvider(redis, loggerFactory), redis);
            case StoreKind.Etcd or StoreKind.EtcdCluster:
                var etcd = new EtcdLockOptions { Endpoints = Locks.Split(' '), CommandTimeout = timeout };
                return (new EtcdLockProvider(etcd, loggerFactory), etcd);
            case StoreKind.RedisBatches:
                var batches = new RedisLockOptions { Configuration = Locks, CommandTimeout = timeout };
                var connection = new RedisConnection(batches, given: null, TimeProvider.System, LockProviderLogger.Create(loggerFactory, "Redis"), loggerFactory);
                return (new RedisLockProvider(batches, connection, TimeProvider.System, maxUnbatched: 0), batches);
            case StoreKind.RedisQuorum:
                var quorum = new RedisLockOptions { Servers = Locks.Split(' '), CommandTimeout = timeout };
                return (new RedisQuorumLockProvider(quorum, loggerFactory), quorum);
            case StoreKind.PostgreSqlRowLock or StoreKind.PostgreSqlLease:
                var postgres = new PostgreSqlLockOptions { ConnectionString = Locks, Mode = Mode, CommandTimeout = timeout, UnusedKeyRetention = Never };
                return (new PostgreSqlLockProvider(postgres, loggerFactory), postgres);
            default:
                var mysql = new MySqlLockOptions { ConnectionString = dataSource is null ? Locks : null, Mode = Mode, CommandTimeout = timeout, UnusedKeyRetention = Never };
                return (new MySqlLockProvider(mysql, loggerFactory, timeProvider: null, dataSource), mysql);
        }
    }

    internal ICounter CreateCounter() => Kind switch
    {
        StoreKind.FileSystem => new FileCounter(Data),
        _ when Kind.IsRedis() || Kind.IsEtcd() => new RedisCounter(Data),
        StoreKind.PostgreSqlRowLock or StoreKind.PostgreSqlLease => new SqlCounter(NpgsqlDataSource.Create(Data), SqlCounterDialect.PostgreSql),
        _ => new SqlCounter(new MySqlDataSource(Data), SqlCounterDialect.MySql),
    };

    private SqlLockMode Mode => Kind.IsRowLock() ? SqlLockMode.RowLock : SqlLockMode.Lease;
}
