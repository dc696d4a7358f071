using System.Globalization;
using DistributedLocking.Benchmarks.Subjects;
using DistributedLocking.Benchmarks.Subjects.Redis;
using DistributedLocking.TestServers;
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

    internal override string Description => $"StackExchange.Redis {typeof(IDatabase).Assembly.GetName().Version}, Redis {_version}";

    internal override IReadOnlyList<string> Modes => [StoreName];

    internal override IReadOnlyList<int> UncontendedCallers => [1, 64];

    internal override KeyValuePair<string, string> Address => new("DISTRIBUTEDLOCKING_REDIS", _server.Address);

    internal static async Task<RedisStore> OpenAsync()
    {
        var server = await RedisServer.GetSharedAsync();
        try
        {
            var observer = await server.ConnectAsync();
            return new RedisStore(server, observer, await InfoAsync(observer, "server", "redis_version"));
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    internal override async Task<IReadOnlyList<ILockSubject>> CreateSubjectsAsync(string mode) =>
    [
        await RawPair.ConnectAsync(_server.Address),
        await EqualWorkPair.ConnectAsync(_server.Address),
        new LockSubject(CreateLock(mode, isContended: false), byDispose: false),
        new LockSubject(CreateLock(mode, isContended: false), byDispose: true),
    ];

    internal override ServiceProvider CreateLock(string mode, bool isContended) =>
        new ServiceCollection().AddRedisLock(_server.Address).BuildServiceProvider();

    internal override async Task<int> CountConnectionsAsync() =>
        int.Parse(await InfoAsync(_observer, "clients", "connected_clients"), CultureInfo.InvariantCulture) - 1;

    public override async ValueTask DisposeAsync()
    {
        await _observer.DisposeAsync();
        await _server.DisposeAsync();
    }

    private static async Task<string> InfoAsync(RedisWire observer, string section, string field)
    {
        var info = await observer.SendAsync("INFO", section) ?? "";
        return info.Split('\n').First(line => line.StartsWith(field + ":", StringComparison.Ordinal)).Trim()[(field.Length + 1)..];
    }
}
