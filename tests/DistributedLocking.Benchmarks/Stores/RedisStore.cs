using System.Globalization;
using DistributedLocking.Benchmarks.Subjects;
using DistributedLocking.Benchmarks.Subjects.Redis;
using DistributedLocking.TestKit.Servers;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace DistributedLocking.Benchmarks.Stores;

internal sealed class RedisStore : Store
{
    internal const string StoreName = "redis";

    private readonly RedisServer _server;
    private readonly RedisWire _observer;
    private readonly string _version;

    private RedisStore(RedisServer server, RedisWire observer, string version)
    {
        _server = server;
        _observer = observer;
        _version = version;
    }

    internal override string Name => StoreName;

    internal override string Description => $"StackExchange.Redis {Driver}, Redis {_version}";

    /// <summary>The driver's version: what can be reached depends on it.</summary>
    internal static Version Driver { get; } = typeof(IDatabase).Assembly.GetName().Version!;

    /// <summary>As StackExchange.Redis writes it.</summary>
    internal string ServerAddress => Network is { } network ? string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{network.Port}") : _server.Address;

    protected override ServerProcess Server => _server;

    internal override IReadOnlyList<string> Modes => [StoreName];

    internal override IReadOnlyList<int> UncontendedCallers => [1, 64];

    internal override KeyValuePair<string, string> Address => new("DISTRIBUTEDLOCKING_REDIS", ServerAddress);

    internal static async Task<RedisStore> OpenAsync()
    {
        var server = await RedisServer.GetSharedAsync();
        try
        {
            var observer = await server.ConnectAsync();
            return new RedisStore(server, observer, Field(await InfoAsync(observer, "server"), "redis_version"));
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    internal override async Task<IReadOnlyList<ILockSubject>> CreateSubjectsAsync(string mode) =>
    [
        await RawPair.ConnectAsync(ServerAddress),
        await EqualWorkPair.ConnectAsync(ServerAddress),
        new LockSubject(CreateLock(new LockUse(mode)), byDispose: false),
        new LockSubject(CreateLock(new LockUse(mode)), byDispose: true),
        await RedisPeers.ConnectAsync(ServerAddress, RedisPeers.DistributedLock),
        await RedisPeers.ConnectAsync(ServerAddress, RedisPeers.RedLock),
    ];

    internal override ServiceProvider CreateLock(LockUse use) => new ServiceCollection()
        .AddRedisLock(options =>
        {
            options.Configuration = ServerAddress;
            HandOver.Apply(options, use.HandOver);
        })
        .BuildServiceProvider();

    internal override IReadOnlyList<string> WaitingLocks => [.. base.WaitingLocks, RedisPeers.DistributedLock, RedisPeers.EagerDistributedLock, RedisPeers.RedLock];

    internal override async Task<IWaitingLock> CreateWaitingLockAsync(string mode, string name) =>
        base.WaitingLocks.Contains(name, StringComparer.Ordinal)
            ? await base.CreateWaitingLockAsync(mode, name)
            : await RedisPeers.ConnectAsync(ServerAddress, name);

    internal override async Task<int> CountConnectionsAsync() => (int)await ReadAsync("clients", "connected_clients") - 1;

    internal override async Task<long?> CountCommandsAsync() =>
        CommandStatistics.CountOfClients(await InfoAsync(_observer, "commandstats"), Script.AllOfPackage());

    /// <summary>One number of the server's INFO.</summary>
    internal async Task<long> ReadAsync(string section, string field) => long.Parse(Field(await InfoAsync(_observer, section), field), CultureInfo.InvariantCulture);

    /// <summary>How many keys there are.</summary>
    internal async Task<long> CountKeysAsync() => long.Parse(await _observer.SendAsync("DBSIZE") ?? "", CultureInfo.InvariantCulture);

    public override async ValueTask DisposeAsync()
    {
        await _observer.DisposeAsync();
        await _server.DisposeAsync();
    }

    private static async Task<string> InfoAsync(RedisWire observer, string section) => await observer.SendAsync("INFO", section) ?? "";

    private static string Field(string info, string field) =>
        info.Split('\n').First(line => line.StartsWith(field + ":", StringComparison.Ordinal)).Trim()[(field.Length + 1)..];
}
