using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Hosting.Leadership;

/// <summary>
/// Runs a hosted service while this process leads: a new instance in a scope of its own for each term.
/// </summary>
internal sealed class LeaderHostedService<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TService>(
    IServiceScopeFactory scopes, IDistributedLock locks, string key, LeaderOptions options, TimeProvider time, ILogger logger) : BackgroundService
    where TService : class, IHostedService
{
    /// <summary>Ends the term, and waits for its work as long as the options and the host allow.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.StopTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        await base.StopAsync(either.Token).ConfigureAwait(false);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        new LeaderCampaign(locks, key, options, time, logger).RunAsync(LeadAsync, stoppingToken);

    private async Task LeadAsync(ILeadership leadership, CancellationToken ending)
    {
        var scope = scopes.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            scope.ServiceProvider.GetRequiredService<LeadershipScope>().Current = leadership;
            var service = ActivatorUtilities.CreateInstance<TService>(scope.ServiceProvider);
            try
            {
                await RunAsync(service, ending).ConfigureAwait(false);
            }
            finally
            {
                await DisposeAsync(service).ConfigureAwait(false);
            }
        }
    }

    private async Task RunAsync(TService service, CancellationToken ending)
    {
        await service.StartAsync(ending).ConfigureAwait(false);
        var execution = (service as BackgroundService)?.ExecuteTask;
        try
        {
            // What has no task of its own goes on until it is stopped.
            var end = Task.Delay(Timeout.InfiniteTimeSpan, time, ending);
            await Task.WhenAny(execution ?? end, end).ConfigureAwait(false);
        }
        finally
        {
            using var patience = new CancellationTokenSource(options.StopTimeout, time);
            await service.StopAsync(patience.Token).ConfigureAwait(false);
        }

        if (execution is not null)
        {
            await execution.ConfigureAwait(false);
        }
    }

    private static async ValueTask DisposeAsync(TService service)
    {
        switch (service)
        {
            case IAsyncDisposable disposable:
                await disposable.DisposeAsync().ConfigureAwait(false);
                break;
            case IDisposable disposable:
                disposable.Dispose();
                break;
        }
    }
}
