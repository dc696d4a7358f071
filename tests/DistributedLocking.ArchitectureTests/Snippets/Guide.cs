#region usings of the guide
using DistributedLocking;                        // IDistributedLock, handles, options, exceptions
using DistributedLocking.Redis;                  // RedisLockOptions; StringGetFencedAsync, StringSetFencedAsync
using Microsoft.Extensions.DependencyInjection;  // AddRedisLock and its like
#endregion
using Microsoft.Extensions.Configuration;
using StackExchange.Redis;

namespace Snippets;

internal static class Guide
{
    internal static void Register(IServiceCollection services, IConfiguration configuration)
    {
        #region register all
        services.AddInMemoryLock();                                   // one process
        services.AddFileSystemLock("/var/lib/shop/locks");            // one machine
        services.AddRedisLock("localhost:6379");                      // a fleet
        services.AddPostgreSqlLock("Host=localhost;Username=app;Password=...;Database=app");
        services.AddMySqlLock("Server=localhost;User ID=app;Password=...;Database=app"); // MySQL or MariaDB
        services.AddRedisLock(options => options.Configuration = "localhost:6379");
        services.AddRedisLock(configuration.GetSection("Locks"));
        services.AddRedisLock();                                      // the IConnectionMultiplexer that is registered already
        services.AddPostgreSqlLock();                                 // the NpgsqlDataSource that is registered already
        services.AddKeyedRedisLock("orders", "localhost:6379");       // [FromKeyedServices("orders")] IDistributedLock
        #endregion

        #region options
        services.AddRedisLock(options =>
        {
            options.Configuration = "localhost:6379";
            options.TimeToLive = TimeSpan.FromSeconds(30);
            options.Retry = RetryPolicy.Exponential(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(2), maxRetries: 20);
            options.KeyPrefix = "shop:lock:";
        });
        #endregion
    }

    internal static async Task MakeAsync()
    {
        #region without injection
        var options = new RedisLockOptions { Configuration = "localhost:6379" };
        await using var locks = new DistributedLock(new RedisLockProvider(options), options);
        #endregion
    }

    internal static async Task TryAsync(IDistributedLock locks, CancellationToken cancellationToken)
    {
        #region try
        await using var handle = await locks.TryAcquireAsync("nightly-report", cancellationToken);
        if (handle is null)
        {
            return; // another instance is at it
        }
        #endregion
    }

    internal static async Task WaitAsync(IDistributedLock locks, CancellationToken cancellationToken)
    {
        #region wait
        try
        {
            await using var handle = await locks.AcquireAsync("payments:42", TimeSpan.FromSeconds(10), cancellationToken);
            await SpreadPaymentAsync(handle.LostToken);
        }
        catch (DistributedLockTimeoutException)
        {
            // Somebody else held it for ten seconds.
        }
        catch (DistributedLockUnavailableException)
        {
            // The store failed; nothing is known about who holds it.
        }
        #endregion
    }

    internal static async Task FormatAsync(IDistributedLock locks, string tenant, int order, CancellationToken cancellationToken)
    {
        #region keys
        await using var first = await locks.AcquirefAsync($"tenant:{tenant}:order:{order}", cancellationToken);
        await using var second = await locks.AcquirefAsync("tenant:{0}:invoice:{1}", tenant, order);
        #endregion
    }

    internal static async Task LoseAsync(IDistributedLock locks, CancellationToken cancellationToken)
    {
        #region loss
        await using var handle = await locks.AcquireAsync("import", cancellationToken);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, handle.LostToken);
        await foreach (var batch in ReadBatchesAsync(either.Token))
        {
            await WriteAsync(batch, handle.FencingToken, either.Token);
        }
        #endregion
    }

    internal static async Task ExtendAsync(IDistributedLock locks, CancellationToken cancellationToken)
    {
        #region extend
        var options = new AcquireOptions { TimeToLive = TimeSpan.FromSeconds(20), AutoRenew = false };
        await using var handle = await locks.AcquireAsync("export", options, cancellationToken);
        await handle.ExtendAsync(TimeSpan.FromMinutes(2), cancellationToken); // from now on
        #endregion
    }

    internal static async Task ByKeyAsync(IDistributedLock locks, CancellationToken cancellationToken)
    {
        #region by key
        var fixedTime = new AcquireOptions { TimeToLive = TimeSpan.FromMinutes(5), AutoRenew = false };
        await locks.AcquireAsync("legacy", fixedTime, cancellationToken);
        #endregion

        #region release by key
        bool released = await locks.ReleaseAsync("legacy", cancellationToken); // false: it took longer than five minutes
        #endregion
        _ = released;
    }

    internal static void Block(IDistributedLock locks)
    {
        #region blocking
        using var handle = locks.Acquire("legacy");
        #endregion
    }

    internal static async Task FenceAsync(IDistributedLock locks, IDatabase database, CancellationToken cancellationToken)
    {
        #region fenced read and write
        await using var handle = await locks.AcquireAsync("stock:42", cancellationToken);
        var count = (int)await database.StringGetFencedAsync("stock:42", handle.FencingToken);
        await database.StringSetFencedAsync("stock:42", count + 1, handle.FencingToken);
        #endregion
    }

    private static Task SpreadPaymentAsync(CancellationToken cancellationToken) => Task.FromCanceled(cancellationToken);

    private static IAsyncEnumerable<int> ReadBatchesAsync(CancellationToken cancellationToken) => throw new OperationCanceledException(cancellationToken);

    private static Task WriteAsync(int batch, long fencingToken, CancellationToken cancellationToken) =>
        Task.FromException(new InvalidOperationException($"{batch} {fencingToken} {cancellationToken.CanBeCanceled}"));
}
