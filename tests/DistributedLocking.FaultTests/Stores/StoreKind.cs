namespace DistributedLocking.FaultTests.Stores;

/// <summary>What keeps the locks.</summary>
public enum StoreKind
{
    FileSystem,
    Redis,
    PostgreSqlRowLock,
    PostgreSqlLease,
    MySqlRowLock,
    MySqlLease,
}

internal static class StoreKinds
{
    /// <summary>Those on a server.</summary>
    internal static IReadOnlyList<StoreKind> Servers { get; } =
        [StoreKind.Redis, StoreKind.PostgreSqlRowLock, StoreKind.PostgreSqlLease, StoreKind.MySqlRowLock, StoreKind.MySqlLease];

    internal static bool IsRowLock(this StoreKind kind) => kind is StoreKind.PostgreSqlRowLock or StoreKind.MySqlRowLock;
}
