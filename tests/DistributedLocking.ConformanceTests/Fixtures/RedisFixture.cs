using DistributedLocking.Providers;
using DistributedLocking.Redis;
using DistributedLocking.Testing.Conformance;
using DistributedLocking.Testing.Conformance.Workers;
using DistributedLocking.TestKit.Servers;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.ConformanceTests.Fixtures;

/// <summary>One Redis server with a password.</summary>
public class RedisFixture : ConformanceFixture
{
    private const string Password = "c0nf0rmance-s3cret";

    private readonly object _lock = new();
    private Task<RedisServer>? _server;

    public override LockProviderCapabilities Capabilities =>
        LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Queue | LockProviderCapabilities.Notification | LockProviderCapabilities.Fencing
        | LockProviderCapabilities.Ordered | LockProviderCapabilities.Shared | LockProviderCapabilities.Counted
        | LockProviderCapabilities.Inspection;

    /// <summary>Each provider's first use makes two connections.</summary>
    public override TimeSpan LapsingTimeToLive => TimeSpan.FromSeconds(1);

    /// <summary>A busy machine holds up a renewal now and then.</summary>
    public override TimeSpan RenewedTimeToLive => TimeSpan.FromSeconds(3);

    public override IReadOnlyCollection<string> Secrets => [Password];

    public override bool CanStartWorkers => true;

    public override bool CanStopStore => true;

    public override DistributedLockOptions CreateOptions() => new RedisLockOptions { CommandTimeout = TimeSpan.FromSeconds(4) };

    public override async ValueTask<ILockProvider> CreateProviderAsync(
        DistributedLockOptions options, ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        var redis = (RedisLockOptions)options;
        redis.Configuration = await GetConfigurationAsync();
        return Create(redis, loggerFactory);
    }

    public override async ValueTask<WorkerCommand> GetWorkerAsync(CancellationToken cancellationToken) =>
        TestWorker.Command("redis", await GetConfigurationAsync());

    /// <summary>
    /// Frozen, the server keeps its connections and its data and answers nobody: the outage that is hardest to notice.
    /// </summary>
    public override async ValueTask StopStoreAsync(CancellationToken cancellationToken) => (await GetServerAsync()).Freeze();

    public override async ValueTask StartStoreAsync(CancellationToken cancellationToken) => (await GetServerAsync()).Thaw();

    public override async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await (await _server).DisposeAsync();
        }

        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected virtual RedisLockProvider Create(RedisLockOptions options, ILoggerFactory loggerFactory) => new(options, loggerFactory);

    private protected virtual Task<RedisServer> StartServerAsync(string password) => RedisServer.StartAsync("--requirepass", password);

    private async Task<string> GetConfigurationAsync() => $"{(await GetServerAsync()).Address},password={Password}";

    private Task<RedisServer> GetServerAsync()
    {
        lock (_lock)
        {
            return _server ??= StartServerAsync(Password);
        }
    }
}
