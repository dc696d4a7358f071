using Medallion.Threading;
using Medallion.Threading.Redis;
using RedLockNet.SERedis;
using RedLockNet.SERedis.Configuration;
using StackExchange.Redis;

namespace DistributedLocking.Benchmarks.Subjects.Redis;

/// <summary>Other packages' locks on Redis, each with a connection of its own.</summary>
internal static class RedisPeers
{
    /// <summary>With its defaults: who waits polls every 10 to 800 ms.</summary>
    internal const string DistributedLock = "DistributedLock.Redis";

    /// <summary>Told to poll every 10 ms.</summary>
    internal const string EagerDistributedLock = "DistributedLock.Redis, polling each 10 ms";

    internal const string RedLock = "RedLock.net";

    private static readonly TimeSpan EagerPause = TimeSpan.FromMilliseconds(10);

    internal static async Task<PeerLock> ConnectAsync(string address, string name)
    {
        var connection = await ConnectionMultiplexer.ConnectAsync(address);
        if (name == RedLock)
        {
            var factory = RedLockFactory.Create([new RedLockMultiplexer(connection)]);
            return new PeerLock(name, key => CreateAsync(factory, key), async () =>
            {
                factory.Dispose();
                await connection.DisposeAsync();
            });
        }

        IDistributedLockProvider locks = new RedisDistributedSynchronizationProvider(connection.GetDatabase(), options =>
        {
            options.Expiry(Subject.TimeToLive);
            if (name == EagerDistributedLock)
            {
                options.BusyWaitSleepTime(EagerPause, EagerPause);
            }
        });
        return new PeerLock(name, async key => await locks.CreateLock(key).AcquireAsync(), connection.DisposeAsync);
    }

    private static async Task<IAsyncDisposable> CreateAsync(RedLockFactory factory, string key)
    {
        var held = await factory.CreateLockAsync(key, Subject.TimeToLive, TimeSpan.FromMinutes(1), EagerPause);
        return held.IsAcquired ? held : throw Subject.NotAcquired();
    }
}
