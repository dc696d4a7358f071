using DistributedLocking.FaultTests.Stores;
using DistributedLocking.Providers;

namespace DistributedLocking.FaultTests.Broken;

/// <summary>A real server, and locks on it that may be broken on purpose.</summary>
public abstract class BrokenTests : IAsyncLifetime
{
    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Where the histories are.</summary>
    private protected string Histories { get; } = Directory.CreateTempSubdirectory("history-").FullName;

    private protected RedisUnderTest Store { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Store = await RedisUnderTest.StartAsync(StoreKind.Redis);

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Directory.Delete(Histories, recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected DistributedLock NewLock(Func<ILockProvider, ILockProvider> wrap)
    {
        var (provider, options) = Store.Address.CreateProvider();
        return Store.Own(new DistributedLock(wrap(provider), options));
    }
}
