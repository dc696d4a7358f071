#region usings after RedLock.net
using DistributedLocking;
using Microsoft.Extensions.DependencyInjection;
#endregion
using StackExchange.Redis;
using static Snippets.Invoices;

namespace Snippets;

internal static class FromRedLockNetAfter
{
    internal static void Register(IServiceCollection services, IConnectionMultiplexer one, IConnectionMultiplexer two, IConnectionMultiplexer three)
    {
        #region after RedLock.net register
        services.AddRedisLock(options =>
        {
            options.ServerConnections = [one, two, three];
            options.TimeToLive = TimeSpan.FromSeconds(30);
        });
        #endregion
    }

    internal static async Task TryAsync(IDistributedLock locks, int number, CancellationToken cancellationToken)
    {
        #region after RedLock.net try
        await using var handle = await locks.TryAcquirefAsync($"invoice:{number}", cancellationToken);
        if (handle != null)
        {
            await SendAsync(number, handle.LostToken);
        }
        #endregion
    }

    internal static async Task WaitAsync(IDistributedLock locks, int number, CancellationToken cancellationToken)
    {
        #region after RedLock.net wait
        await using var handle = await locks.AcquirefAsync($"invoice:{number}", TimeSpan.FromSeconds(10), cancellationToken);
        await SendAsync(number, handle.LostToken);
        #endregion
    }

    internal static async Task<bool> AsBeforeAsync(IDistributedLock locks, int number, CancellationToken cancellationToken)
    {
        #region after RedLock.net as before
        try
        {
            await using var handle = await locks.TryAcquirefAsync($"invoice:{number}", TimeSpan.FromSeconds(10), cancellationToken);
            if (handle != null)
            {
                await SendAsync(number, handle.LostToken);
                return true;
            }
        }
        catch (DistributedLockUnavailableException)
        {
            // No majority of the servers could be reached. RedLock.net calls that NoQuorum.
        }

        return false;
        #endregion
    }
}
