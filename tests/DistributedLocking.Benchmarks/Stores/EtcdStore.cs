using System.Globalization;
using DistributedLocking.Benchmarks.Subjects;
using DistributedLocking.Benchmarks.Subjects.Etcd;
using DistributedLocking.TestKit.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedLocking.Benchmarks.Stores;

/// <summary>One member of etcd.</summary>
internal sealed class EtcdStore : Store
{
    internal const string StoreName = "etcd";

    private const string Variable = "DISTRIBUTEDLOCKING_ETCD";

    private readonly EtcdServer? _server;
    private readonly string _endpoint;

    private EtcdStore(EtcdServer? server, string endpoint)
    {
        _server = server;
        _endpoint = endpoint;
    }

    internal override string Name => StoreName;

    internal override string Description => "Grpc.Net.Client, etcd";

    internal override IReadOnlyList<string> Modes => [StoreName];

    internal override IReadOnlyList<int> UncontendedCallers => [1, 64];

    internal override KeyValuePair<string, string> Address => new(Variable, Endpoint);

    protected override ServerProcess? Server => _server;

    private string Endpoint => Network is { } network ? string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{network.Port}") : _endpoint;

    /// <summary>Starts a member, or uses the one that the environment names.</summary>
    internal static async Task<EtcdStore> OpenAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } endpoint)
        {
            return new EtcdStore(server: null, endpoint);
        }

        var server = await EtcdServer.StartAsync();
        return new EtcdStore(server, server.Endpoint);
    }

    internal override async Task<IReadOnlyList<ILockSubject>> CreateSubjectsAsync(string mode) =>
    [
        new TransactionPair(await EtcdChannel.OpenAsync(Endpoint), withEqualWork: false),
        new TransactionPair(await EtcdChannel.OpenAsync(Endpoint), withEqualWork: true),
        new LockSubject(CreateLock(new LockUse(mode)), byDispose: false),
        new LockSubject(CreateLock(new LockUse(mode)), byDispose: true),
        await EtcdLockService.ConnectAsync(Endpoint),
    ];

    internal override ServiceProvider CreateLock(LockUse use) => new ServiceCollection()
        .AddEtcdLock(options =>
        {
            options.Endpoints = [Endpoint];
            HandOver.Apply(options, use.HandOver);
        })
        .BuildServiceProvider();

    internal override IReadOnlyList<string> WaitingLocks => [.. base.WaitingLocks, EtcdLockService.Name];

    internal override async Task<IWaitingLock> CreateWaitingLockAsync(string mode, string name) =>
        base.WaitingLocks.Contains(name, StringComparer.Ordinal)
            ? await base.CreateWaitingLockAsync(mode, name)
            : await EtcdLockService.ConnectAsync(Endpoint);

    internal override Task<int> CountConnectionsAsync() => Task.FromResult(0);

    public override ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
