using DistributedLocking.Etcd;
using DistributedLocking.FileSystem;
using DistributedLocking.InMemory;
using DistributedLocking.MySql;
using DistributedLocking.PostgreSql;
using DistributedLocking.Providers;
using DistributedLocking.Redis;
using DistributedLocking.Sql;
using DistributedLocking.Testing.Conformance.Workers;
using SqliteLock;

namespace DistributedLocking.TestWorker;

/// <summary>A worker of the conformance suite, with the lock that the arguments name.</summary>
internal static class LockCommand
{
    internal static async Task RunAsync(string[] arguments)
    {
        var (provider, options) = Create(arguments);
        await using var locks = new DistributedLock(provider, options);
        await LockWorker.RunAsync(locks);
    }

    private static (ILockProvider Provider, DistributedLockOptions Options) Create(string[] arguments)
    {
        switch (arguments)
        {
            case ["file", var directory]:
                var files = new FileSystemLockOptions { Directory = directory };
                return (new FileSystemLockProvider(files), files);
            case ["sqlite", var path]:
                var sqlite = new SqliteLockOptions { Path = path };
                return (new SqliteLockProvider(sqlite), sqlite);
            case ["redis", var address]:
                var redis = new RedisLockOptions { Configuration = address };
                return (new RedisLockProvider(redis), redis);
            case ["redis-quorum", .. var addresses]:
                var quorum = new RedisLockOptions { Servers = addresses };
                return (new RedisQuorumLockProvider(quorum), quorum);
            case ["mysql", var mode, var connection]:
                var mysql = new MySqlLockOptions { Mode = Enum.Parse<SqlLockMode>(mode), ConnectionString = connection };
                return (new MySqlLockProvider(mysql), mysql);
            case ["postgresql", var mode, var connection]:
                var postgres = new PostgreSqlLockOptions { Mode = Enum.Parse<SqlLockMode>(mode), ConnectionString = connection };
                return (new PostgreSqlLockProvider(postgres), postgres);
            case ["etcd", .. var endpoints]:
                var etcd = new EtcdLockOptions { Endpoints = endpoints };
                return (new EtcdLockProvider(etcd), etcd);

            // Excludes nobody outside this process: for the tests of the worker itself.
            case ["memory"]:
                var memory = new InMemoryLockOptions();
                return (new InMemoryLockProvider(new InMemoryLockStore(), memory), memory);
            default:
                throw new ArgumentException("Usage: DistributedLocking.TestWorker memory | file <directory> | sqlite <file> | redis <host:port> | redis-quorum <host:port>... | mysql <mode> <connection string> | postgresql <mode> <connection string> | etcd <endpoint>...", nameof(arguments));
        }
    }
}
