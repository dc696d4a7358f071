namespace DistributedLocking.FaultTests.Stores;

/// <summary>What keeps the locks.</summary>
public enum StoreKind
{
    FileSystem,
    Redis,

    /// <summary>Redis, asked in batches only, as by a process with many callers.</summary>
    RedisBatches,
    RedisQuorum,
    PostgreSqlRowLock,
    PostgreSqlLease,
    MySqlRowLock,
    MySqlLease,
}

internal static class StoreKinds
{
    /// <summary>The kinds that a command line names; all when it names none.</summary>
    internal static IReadOnlyList<StoreKind> Parse(IReadOnlyList<string> names) =>
        names.Count == 0 ? Enum.GetValues<StoreKind>() : [.. names.Select(name => Enum.Parse<StoreKind>(name, ignoreCase: true))];

    internal static bool IsRedis(this StoreKind kind) => kind is StoreKind.Redis or StoreKind.RedisBatches or StoreKind.RedisQuorum;

    internal static bool IsRowLock(this StoreKind kind) => kind is StoreKind.PostgreSqlRowLock or StoreKind.MySqlRowLock;
}
