#region usings beside RedLock.net
using DistributedLocking;
using RedLockNet;
#endregion
using static Snippets.Invoices;

namespace Snippets;

internal static class FromRedLockNetBoth
{
    #region beside RedLock.net
    internal static async Task<bool> TrySendInvoiceAsync(
        IDistributedLockFactory factory, IDistributedLock locks, int number, CancellationToken cancellationToken)
    {
        await using var redLock = await factory.CreateLockAsync($"invoice:{number}", TimeSpan.FromSeconds(30));
        if (!redLock.IsAcquired)
        {
            return false;
        }

        await using var handle = await locks.TryAcquirefAsync($"invoice:{number}", cancellationToken);
        if (handle is null)
        {
            return false;
        }

        await SendAsync(number, handle.LostToken);
        return true;
    }
    #endregion
}
