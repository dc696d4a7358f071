namespace DistributedLocking.FaultTests.Stores;

/// <summary>
/// A store that the tests of a class share. They use keys of their own, and leave the proxy without faults.
/// </summary>
public abstract class StoreFixture(StoreKind kind) : IAsyncLifetime
{
    private int _keys;

    internal StoreUnderTest Store { get; private set; } = null!;

    internal string NewKey() => $"key-{Interlocked.Increment(ref _keys)}";

    public async ValueTask InitializeAsync() => Store = await StoreUnderTest.StartAsync(kind);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Store.DisposeAsync();
    }
}

public sealed class RedisStore() : StoreFixture(StoreKind.Redis);

public sealed class RedisBatchesStore() : StoreFixture(StoreKind.RedisBatches);

public sealed class PostgreSqlRowLockStore() : StoreFixture(StoreKind.PostgreSqlRowLock);

public sealed class PostgreSqlLeaseStore() : StoreFixture(StoreKind.PostgreSqlLease);

public sealed class MySqlRowLockStore() : StoreFixture(StoreKind.MySqlRowLock);

public sealed class MySqlLeaseStore() : StoreFixture(StoreKind.MySqlLease);

public sealed class EtcdStore() : StoreFixture(StoreKind.Etcd);
