#region usings of leadership
using DistributedLocking;                        // IDistributedLock, AcquireOptions
using DistributedLocking.Hosting;                // ILeadership, RunAsLeaderAsync
using Microsoft.Extensions.DependencyInjection;  // AddLeaderHostedService, AddRedisLock and its like
using Microsoft.Extensions.Hosting;              // BackgroundService
#endregion

namespace Snippets;

internal interface IOutbox
{
    Task PublishPendingAsync(long fencingToken, CancellationToken cancellationToken);
}

internal static class Leadership
{
    internal static void Register(HostApplicationBuilder builder)
    {
        #region leader service
        builder.Services.AddRedisLock("localhost:6379");
        builder.Services.AddLeaderHostedService<OutboxPublisher>("outbox", options =>
            options.AcquireOptions = new AcquireOptions { TimeToLive = TimeSpan.FromSeconds(15) });
        #endregion
    }

    internal static async Task RunAsync(IDistributedLock locks, CancellationToken cancellationToken)
    {
        #region run as leader
        await locks.RunAsLeaderAsync("outbox", (leadership, token) => PublishAsync(leadership.FencingToken, token), cancellationToken: cancellationToken);
        #endregion
    }

    private static Task PublishAsync(long fencingToken, CancellationToken cancellationToken) => Task.FromCanceled(cancellationToken);
}

#region leader
internal sealed class OutboxPublisher(ILeadership leadership, IOutbox outbox) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await outbox.PublishPendingAsync(leadership.FencingToken, stoppingToken);
        }
    }
}
#endregion
