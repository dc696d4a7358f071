using DistributedLocking.Providers;
using DistributedLocking.Redis;
using DistributedLocking.Testing.Conformance;
using DistributedLocking.Testing.Conformance.Workers;
using DistributedLocking.TestKit.Servers;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.ConformanceTests.Fixtures;

/// <summary>Three independent Redis servers with a password.</summary>
public sealed class RedisQuorumFixture : ConformanceFixture
{
    private const string Password = "qu0rum-s3cret";

    private readonly object _lock = new();
    private Task<RedisServer[]>? _servers;

    public override LockProviderCapabilities Capabilities =>
        LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Notification | LockProviderCapabilities.Fencing | LockProviderCapabilities.Shared
        | LockProviderCapabilities.Inspection;

    /// <summary>Each provider's first use makes three connections.</summary>
    public override TimeSpan LapsingTimeToLive => TimeSpan.FromSeconds(1);

    /// <summary>A busy machine holds up a renewal now and then.</summary>
    public override TimeSpan RenewedTimeToLive => TimeSpan.FromSeconds(3);

    public override IReadOnlyCollection<string> Secrets => [Password];

    public override bool CanStartWorkers => true;

    public override bool CanStopStore => true;

    public override DistributedLockOptions CreateOptions() => new RedisLockOptions { ServerTimeout = TimeSpan.FromSeconds(2) };

    public override async ValueTask<ILockProvider> CreateProviderAsync(
        DistributedLockOptions options, ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        var redis = (RedisLockOptions)options;
        redis.Servers = await GetConfigurationsAsync();
        return new RedisQuorumLockProvider(redis, loggerFactory);
    }

    public override async ValueTask<WorkerCommand> GetWorkerAsync(CancellationToken cancellationToken) =>
        TestWorker.Command(["redis-quorum", .. await GetConfigurationsAsync()]);

    /// <summary>Two of the three are frozen, which leaves no majority.</summary>
    public override async ValueTask StopStoreAsync(CancellationToken cancellationToken)
    {
        foreach (var server in (await GetServersAsync()).Take(2))
        {
            server.Freeze();
        }
    }

    public override async ValueTask StartStoreAsync(CancellationToken cancellationToken)
    {
        foreach (var server in (await GetServersAsync()).Take(2))
        {
            server.Thaw();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_servers is not null)
        {
            foreach (var server in await _servers)
            {
                await server.DisposeAsync();
            }
        }

        await base.DisposeAsync();
    }

    private async Task<string[]> GetConfigurationsAsync() => [.. (await GetServersAsync()).Select(server => $"{server.Address},password={Password}")];

    private Task<RedisServer[]> GetServersAsync()
    {
        lock (_lock)
        {
            return _servers ??= Task.WhenAll(Enumerable.Range(0, 3).Select(_ => RedisServer.StartAsync("--requirepass", Password)));
        }
    }
}
