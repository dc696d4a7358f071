using DistributedLocking.Etcd;
using DistributedLocking.Providers;
using DistributedLocking.Testing.Conformance;
using DistributedLocking.Testing.Conformance.Workers;
using DistributedLocking.TestKit.Servers;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.ConformanceTests.Fixtures;

/// <summary>One etcd server.</summary>
public sealed class EtcdFixture : ConformanceFixture
{
    private readonly object _lock = new();
    private Task<EtcdServer>? _server;

    public override LockProviderCapabilities Capabilities => LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Queue
        | LockProviderCapabilities.Notification | LockProviderCapabilities.Fencing | LockProviderCapabilities.Shared | LockProviderCapabilities.Counted
        | LockProviderCapabilities.Inspection;

    /// <summary>The least that etcd grants.</summary>
    public override TimeSpan LapsingTimeToLive => TimeSpan.FromSeconds(2);

    public override TimeSpan RenewedTimeToLive => TimeSpan.FromSeconds(3);

    public override bool CanStartWorkers => true;

    public override bool CanStopStore => true;

    public override DistributedLockOptions CreateOptions() => new EtcdLockOptions { CommandTimeout = TimeSpan.FromSeconds(4) };

    public override async ValueTask<ILockProvider> CreateProviderAsync(
        DistributedLockOptions options, ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        var etcd = (EtcdLockOptions)options;
        etcd.Endpoints = [(await GetServerAsync()).Endpoint];
        return new EtcdLockProvider(etcd, loggerFactory);
    }

    public override async ValueTask<WorkerCommand> GetWorkerAsync(CancellationToken cancellationToken) =>
        TestWorker.Command("etcd", (await GetServerAsync()).Endpoint);

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
    }

    private Task<EtcdServer> GetServerAsync()
    {
        lock (_lock)
        {
            return _server ??= EtcdServer.StartAsync();
        }
    }
}
