#region usings of modes
using DistributedLocking;                        // IDistributedReaderWriterLock, IDistributedSemaphore, LockKey
using Microsoft.Extensions.DependencyInjection;  // AddRedisLock and its like
#endregion

namespace Snippets;

internal static class Modes
{
    internal static void Register(IServiceCollection services)
    {
        #region register modes
        services.AddRedisLock("localhost:6379"); // IDistributedLock, IDistributedReaderWriterLock and IDistributedSemaphore
        #endregion
    }
}

internal interface ITemplates
{
    Task<byte[]> RenderAsync(string tenant, CancellationToken cancellationToken);

    Task ReplaceAsync(string tenant, byte[] template, long fencingToken, CancellationToken cancellationToken);
}

#region reader writer
internal sealed class Reports(IDistributedReaderWriterLock locks, ITemplates templates)
{
    public async Task<byte[]> RenderAsync(string tenant, CancellationToken cancellationToken)
    {
        await using var handle = await locks.AcquireReadLockAsync(LockKey.Format($"tenant:{tenant}:template"), cancellationToken);
        return await templates.RenderAsync(tenant, handle.LostToken);
    }

    public async Task ReplaceTemplateAsync(string tenant, byte[] template, CancellationToken cancellationToken)
    {
        await using var handle = await locks.AcquireWriteLockAsync(LockKey.Format($"tenant:{tenant}:template"), cancellationToken);
        await templates.ReplaceAsync(tenant, template, handle.FencingToken, handle.LostToken);
    }
}
#endregion

#region semaphore
internal sealed class Partner(IDistributedSemaphore semaphore, HttpClient client)
{
    private const int MostCalls = 3; // what the partner allows us, however many processes we are

    public async Task<string?> TryAskAsync(string question, CancellationToken cancellationToken)
    {
        await using var permit = await semaphore.TryAcquireAsync("partner:calls", MostCalls, TimeSpan.FromSeconds(2), cancellationToken);
        return permit is null ? null : await client.GetStringAsync($"/ask?q={Uri.EscapeDataString(question)}", permit.LostToken);
    }
}
#endregion
