using DistributedLocking.TestKit.Proxy;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.FaultTests.Stores;

/// <summary>
/// A Redis server, or Garnet, without persistence. The data are on another, which nothing happens to.
/// </summary>
internal sealed class RedisUnderTest : StoreUnderTest
{
    private readonly RedisServer _server;
    private readonly RedisServer _data;

    private RedisUnderTest(StoreKind kind, RedisServer server, RedisServer data)
        : base(kind)
    {
        _server = server;
        _data = data;
        Proxy = new FaultProxy(server.Host, server.Port);
    }

    internal override FaultProxy Proxy { get; }

    internal override StoreAddress Address => new(Kind, $"127.0.0.1:{Proxy.Port}", _data.Address);

    internal override StoreAddress DirectAddress => new(Kind, _server.Address, _data.Address);

    internal static new async Task<RedisUnderTest> StartAsync(StoreKind kind) =>
        new(kind, kind == StoreKind.Garnet ? await GarnetServer.StartAsync(inTransactions: true) : await RedisServer.StartAsync(), await RedisServer.StartAsync());

    internal override void Freeze() => _server.Freeze();

    internal override void Thaw() => _server.Thaw();

    internal override Task KillAsync() => _server.KillAsync();

    internal override Task RestartAsync() => _server.RestartAsync();

    internal override Task DisturbAsync() => DisturbAsync(_server);

    internal override Task<IReadOnlyList<string>> FindOrphansAsync() => FindOrphansAsync(_server);

    internal override Task<int> CountConnectionsAsync() => CountConnectionsAsync(_server);

    /// <summary>Scripts are forgotten, and clients are thrown out.</summary>
    internal static async Task DisturbAsync(RedisServer server)
    {
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync("SCRIPT", "FLUSH");
        await wire.SendAsync("CLIENT", "KILL", "TYPE", "pubsub");
    }

    /// <summary>All keys but the fencing marks. Garnet lists some that have expired, and more than once.</summary>
    internal static async Task<IReadOnlyList<string>> FindOrphansAsync(RedisServer server)
    {
        await using var wire = await server.ConnectAsync();
        var names = (await wire.SendAsync("KEYS", "*") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        List<string> orphans = [];
        foreach (var name in names.Distinct(StringComparer.Ordinal).Where(name => !name.EndsWith("}fence", StringComparison.Ordinal)))
        {
            if (await wire.SendAsync("EXISTS", name) is not "0")
            {
                orphans.Add(name);
            }
        }

        return orphans;
    }

    /// <summary>The connections but that of the question.</summary>
    internal static async Task<int> CountConnectionsAsync(RedisServer server)
    {
        await using var wire = await server.ConnectAsync();
        return (await wire.SendAsync("CLIENT", "LIST"))!.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length - 1;
    }

    /// <summary>A connection to the locks' server that is no client library's.</summary>
    internal Task<RedisWire> ConnectAsync() => _server.ConnectAsync();

    /// <summary>The name under which the server has a lock.</summary>
    internal static async Task<string> FindKeyAsync(RedisWire wire, string key) =>
        await wire.SendAsync("KEYS", $"lock:{{*}}:{key}") is { Length: > 0 } name ? name : key;

    protected override async ValueTask StopAsync()
    {
        await _server.DisposeAsync();
        await _data.DisposeAsync();
    }
}
