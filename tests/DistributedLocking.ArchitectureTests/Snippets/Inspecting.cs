#region usings of inspecting
using DistributedLocking;                        // IDistributedLockInspector, LockHolder
using Microsoft.Extensions.DependencyInjection;  // AddRedisLock and its like
#endregion

namespace Snippets;

internal static class Inspecting
{
    internal static void Register(IServiceCollection services)
    {
        #region inspector registration
        services.AddRedisLock("localhost:6379"); // IDistributedLock, and IDistributedLockInspector with it
        #endregion
    }

    internal static async Task LookAsync(IDistributedLockInspector inspector, CancellationToken cancellationToken)
    {
        #region inspector
        await foreach (var holder in inspector.ListAsync("orders:", cancellationToken))
        {
            Console.WriteLine($"{holder.Key} is held by {holder.Machine}:{holder.ProcessId}, {holder.TimeLeft} left, {holder.Waiting} wait");
        }

        var holders = await inspector.FindAsync("orders:42", cancellationToken); // none when it is free
        var taken = await inspector.ForceReleaseAsync("orders:42", cancellationToken); // from how many
        #endregion

        _ = (holders, taken);
    }
}
