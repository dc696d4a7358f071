#region usings beside DistributedLock
using DistributedLocking;
using Medallion.Threading;
using IDistributedLock = DistributedLocking.IDistributedLock; // both have one
#endregion
using static Snippets.Invoices;

namespace Snippets;

internal static class FromDistributedLockBoth
{
    #region beside DistributedLock
    internal static async Task SendInvoiceAsync(
        IDistributedLockProvider oldLocks, IDistributedLock locks, int number, CancellationToken cancellationToken)
    {
        var wait = TimeSpan.FromSeconds(10);
        await using var old = await oldLocks.AcquireLockAsync($"invoice:{number}", wait, cancellationToken);
        await using var handle = await locks.AcquirefAsync($"invoice:{number}", wait, cancellationToken);
        await SendAsync(number, handle.LostToken);
    }
    #endregion
}
