#region usings after DistributedLock
using DistributedLocking;
using Microsoft.Extensions.DependencyInjection;
#endregion
using System.Data.Common;
using static Snippets.Invoices;

namespace Snippets;

internal static class FromDistributedLockAfter
{
    internal static void Register(IServiceCollection services, string connectionString)
    {
        #region after DistributedLock register
        services.AddRedisLock(options => options.TimeToLive = TimeSpan.FromSeconds(30)); // over the registered IConnectionMultiplexer

        // or
        services.AddPostgreSqlLock(connectionString);
        #endregion
    }

    internal static async Task UseAsync(IDistributedLock locks, int number, CancellationToken cancellationToken)
    {
        #region after DistributedLock wait
        await using (var handle = await locks.AcquirefAsync($"invoice:{number}", Timeout.InfiniteTimeSpan, cancellationToken))
        {
            await SendAsync(number, handle.LostToken);
        }
        #endregion

        #region after DistributedLock try
        await using var tried = await locks.TryAcquirefAsync($"invoice:{number}", TimeSpan.FromSeconds(2), cancellationToken);
        if (tried != null)
        {
            await SendAsync(number, tried.LostToken);
        }
        #endregion
    }

    internal static async Task TimeOutAsync(IDistributedLock locks, int number)
    {
        #region after DistributedLock time-out
        try
        {
            await using var handle = await locks.AcquirefAsync($"invoice:{number}", TimeSpan.FromSeconds(10));
        }
        catch (DistributedLockTimeoutException)
        {
            // Somebody else held it for ten seconds.
        }
        catch (DistributedLockUnavailableException)
        {
            // The store failed: what used to be an exception of the driver's.
        }
        #endregion
    }

    internal static void Types(IDistributedLock locks)
    {
        #region after DistributedLock types
        using (locks.Acquire("invoices", TimeSpan.FromSeconds(10)))
        {
            SendAll();
        }
        #endregion
    }

    internal static async Task InTransactionAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        #region after DistributedLock transaction
        await transaction.AcquireLockAsync("orders:42", cancellationToken: cancellationToken);
        #endregion
    }
}
