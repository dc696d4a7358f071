#region usings of DistributedLock
using Medallion.Threading;
using Medallion.Threading.Postgres;
using Medallion.Threading.Redis;
#endregion
using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using static Snippets.Invoices;

namespace Snippets;

internal static class FromDistributedLockBefore
{
    internal static void Register(IServiceCollection services, string connectionString)
    {
        #region DistributedLock register
        services.AddSingleton<IDistributedLockProvider>(provider => new RedisDistributedSynchronizationProvider(
            provider.GetRequiredService<IConnectionMultiplexer>().GetDatabase(),
            options => options.Expiry(TimeSpan.FromSeconds(30))));

        // or
        services.AddSingleton<IDistributedLockProvider>(_ => new PostgresDistributedSynchronizationProvider(connectionString));
        #endregion
    }

    internal static async Task UseAsync(IDistributedLockProvider locks, int number, CancellationToken cancellationToken)
    {
        #region DistributedLock wait
        await using (var handle = await locks.AcquireLockAsync($"invoice:{number}", cancellationToken: cancellationToken))
        {
            await SendAsync(number, handle.HandleLostToken);
        }
        #endregion

        #region DistributedLock try
        await using var tried = await locks.TryAcquireLockAsync($"invoice:{number}", TimeSpan.FromSeconds(2), cancellationToken);
        if (tried != null)
        {
            await SendAsync(number, tried.HandleLostToken);
        }
        #endregion
    }

    internal static async Task TimeOutAsync(IDistributedLockProvider locks, int number)
    {
        #region DistributedLock time-out
        try
        {
            await using var handle = await locks.AcquireLockAsync($"invoice:{number}", TimeSpan.FromSeconds(10));
        }
        catch (TimeoutException)
        {
            // Somebody else held it for ten seconds.
        }
        #endregion
    }

    internal static void Types(IDatabase database)
    {
        #region DistributedLock types
        var invoices = new RedisDistributedLock("invoices", database);
        using (invoices.Acquire(TimeSpan.FromSeconds(10)))
        {
            SendAll();
        }
        #endregion
    }

    internal static async Task InTransactionAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        #region DistributedLock transaction
        var key = new PostgresAdvisoryLockKey("orders:42", allowHashing: true);
        await PostgresDistributedLock.AcquireWithTransactionAsync(key, transaction, TimeSpan.FromSeconds(5), cancellationToken);
        #endregion
    }
}
