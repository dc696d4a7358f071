using DistributedLocking.Providers;
using DistributedLocking.Redis;
using DistributedLocking.Redis.Connections;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.ConformanceTests.Fixtures;

/// <summary>One Redis server that is asked in batches only, as by a process with many callers.</summary>
public sealed class RedisBatchesFixture : RedisFixture
{
    private protected override RedisLockProvider Create(RedisLockOptions options, ILoggerFactory loggerFactory) =>
        new(
            options,
            new RedisConnection(options, given: null, TimeProvider.System, LockProviderLogger.Create(loggerFactory, "DistributedLocking.Redis"), loggerFactory),
            TimeProvider.System,
            maxUnbatched: 0);
}
