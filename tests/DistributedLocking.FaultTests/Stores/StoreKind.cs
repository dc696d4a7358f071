namespace DistributedLocking.FaultTests.Stores;

/// <summary>What keeps the locks.</summary>
public enum StoreKind
{
    FileSystem,
    Redis,

    /// <summary>Redis, asked in batches only, as by a process with many callers.</summary>
    RedisBatches,
    RedisQuorum,
    Garnet,
    PostgreSqlRowLock,
    PostgreSqlLease,
    MySqlRowLock,
    MySqlLease,
    Etcd,

    /// <summary>
    /// A primary and a replica that Sentinels exchange. For runs by hand: such a store promises less.
    /// </summary>
    RedisSentinel,

    /// <summary>The same, where a grant counts only when the replica has it.</summary>
    RedisSentinelReplicas,

    /// <summary>Three primaries with a replica each.</summary>
    RedisCluster,

    /// <summary>Three members, one of which leads.</summary>
    EtcdCluster,

    /// <summary>Two MariaDB servers that both take writes. For runs by hand: they are not installed everywhere.</summary>
    GaleraRowLock,

    /// <summary>The same, with leases.</summary>
    GaleraLease,
}

internal static class StoreKinds
{
    /// <summary>The kinds that a command line names; all of one server when it names none.</summary>
    internal static IReadOnlyList<StoreKind> Parse(IReadOnlyList<string> names) =>
        names.Count == 0
            ? Array.FindAll(Enum.GetValues<StoreKind>(), kind => !kind.FailsOver() && !kind.IsGalera())
            : [.. names.Select(name => Enum.Parse<StoreKind>(name, ignoreCase: true))];

    internal static bool IsRedis(this StoreKind kind) => kind is StoreKind.Redis or StoreKind.RedisBatches or StoreKind.RedisQuorum or StoreKind.Garnet || kind.IsRedisWithFailOver();

    internal static bool IsEtcd(this StoreKind kind) => kind is StoreKind.Etcd or StoreKind.EtcdCluster;

    internal static bool IsGalera(this StoreKind kind) => kind is StoreKind.GaleraRowLock or StoreKind.GaleraLease;

    /// <summary>Whether another server takes the place of one that is away.</summary>
    internal static bool FailsOver(this StoreKind kind) => kind == StoreKind.EtcdCluster || kind.IsRedisWithFailOver();

    internal static bool IsRowLock(this StoreKind kind) => kind is StoreKind.PostgreSqlRowLock or StoreKind.MySqlRowLock or StoreKind.GaleraRowLock;

    private static bool IsRedisWithFailOver(this StoreKind kind) =>
        kind is StoreKind.RedisSentinel or StoreKind.RedisSentinelReplicas or StoreKind.RedisCluster;
}
