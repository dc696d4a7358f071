#region usings of RedLock.net
using RedLockNet;
using RedLockNet.SERedis;
using RedLockNet.SERedis.Configuration;
#endregion
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using static Snippets.Invoices;

namespace Snippets;

internal static class FromRedLockNetBefore
{
    internal static void Register(IServiceCollection services, IConnectionMultiplexer one, IConnectionMultiplexer two, IConnectionMultiplexer three)
    {
        #region RedLock.net register
        services.AddSingleton<IDistributedLockFactory>(_ => RedLockFactory.Create(
            new List<RedLockMultiplexer> { new(one), new(two), new(three) }));
        #endregion
    }

    internal static async Task TryAsync(IDistributedLockFactory factory, int number)
    {
        #region RedLock.net try
        await using var redLock = await factory.CreateLockAsync($"invoice:{number}", TimeSpan.FromSeconds(30));
        if (redLock.IsAcquired)
        {
            await SendAsync(number, CancellationToken.None);
        }
        #endregion
    }

    internal static async Task WaitAsync(IDistributedLockFactory factory, int number, CancellationToken cancellationToken)
    {
        #region RedLock.net wait
        var expiry = TimeSpan.FromSeconds(30);
        var wait = TimeSpan.FromSeconds(10);
        var retry = TimeSpan.FromSeconds(1);
        await using var redLock = await factory.CreateLockAsync($"invoice:{number}", expiry, wait, retry, cancellationToken);
        if (!redLock.IsAcquired)
        {
            throw new InvalidOperationException($"Not acquired: {redLock.Status}, {redLock.InstanceSummary}");
        }

        await SendAsync(number, cancellationToken);
        #endregion
    }
}
