using DistributedLocking.Redis;
using DistributedLocking.Redis.Connections;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.ConformanceTests.Fixtures;

/// <summary>One Redis server that is asked in batches only, as by a process with many callers.</summary>
public sealed class RedisBatchesFixture : RedisFixture
{
    private protected override RedisLockProvider Create(RedisLockOptions options, ILoggerFactory loggerFactory)
    {
        var connection = new RedisConnection(options, given: null, TimeProvider.System, loggerFactory.CreateLogger<RedisLockProvider>());
        return new RedisLockProvider(options, connection, TimeProvider.System, mostAlone: 0);
    }
}
