#region usings of containers
using DistributedLocking;                        // IDistributedLock
using Microsoft.Extensions.DependencyInjection;  // AddRedisLock
using Testcontainers.Redis;                      // RedisBuilder
#endregion

namespace Snippets;

internal static class Containers
{
    internal static async Task<bool> IsRefusedAsync()
    {
        #region containers
        await using var redis = new RedisBuilder("redis:8").Build();
        await redis.StartAsync();

        ServiceProvider NewInstance() => new ServiceCollection().AddRedisLock(redis.GetConnectionString()).BuildServiceProvider();

        await using var one = NewInstance();
        await using var other = NewInstance();
        await using var held = await one.GetRequiredService<IDistributedLock>().AcquireAsync("seat:7");
        var refused = await other.GetRequiredService<IDistributedLock>().TryAcquireAsync("seat:7"); // null
        #endregion

        return refused is null;
    }
}
