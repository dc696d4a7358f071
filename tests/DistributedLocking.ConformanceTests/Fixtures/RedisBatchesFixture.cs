using DistributedLocking.Redis;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.ConformanceTests.Fixtures;

/// <summary>One Redis server that is asked in batches only, as by a process with many callers.</summary>
public sealed class RedisBatchesFixture : RedisFixture
{
    private protected override RedisLockProvider Create(RedisLockOptions options, ILoggerFactory loggerFactory) =>
        new(options, loggerFactory, timeProvider: null, connection: null, mostAlone: 0);
}
