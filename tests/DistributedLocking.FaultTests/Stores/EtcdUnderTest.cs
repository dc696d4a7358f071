using System.Globalization;
using System.Net.NetworkInformation;
using System.Text;
using System.Text.Json.Nodes;
using DistributedLocking.TestKit.Proxy;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.FaultTests.Stores;

/// <summary>One etcd server. The data are on a Redis server, which nothing happens to.</summary>
internal sealed class EtcdUnderTest : StoreUnderTest
{
    private readonly EtcdServer _server;
    private readonly RedisServer _data;

    private EtcdUnderTest(EtcdServer server, RedisServer data)
        : base(StoreKind.Etcd)
    {
        _server = server;
        _data = data;
        Proxy = new FaultProxy(server.Host, server.Port);
    }

    internal override FaultProxy Proxy { get; }

    internal override StoreAddress Address => new(Kind, string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Proxy.Port}"), _data.Address);

    internal override StoreAddress DirectAddress => new(Kind, _server.Endpoint, _data.Address);

    internal static async Task<EtcdUnderTest> StartAsync() => new(await EtcdServer.StartAsync(), await RedisServer.StartAsync());

    internal override void Freeze() => _server.Freeze();

    internal override void Thaw() => _server.Thaw();

    internal override Task KillAsync() => _server.KillAsync();

    internal override Task RestartAsync() => _server.RestartAsync();

    /// <summary>The history is thrown away, and the database rewritten.</summary>
    internal override Task DisturbAsync() => DisturbAsync(_server);

    internal static async Task DisturbAsync(EtcdServer server)
    {
        var status = await server.CallAsync("/v3/maintenance/status");
        var revision = status.GetProperty("header").GetProperty("revision").GetString();
        try
        {
            await server.CallAsync("/v3/kv/compaction", new JsonObject { ["revision"] = revision });
        }
        catch (IOException)
        {
            // Nothing was written since the last time.
        }

        await server.CallAsync("/v3/maintenance/defragment");
    }

    /// <summary>All names of owners.</summary>
    internal override Task<IReadOnlyList<string>> FindOrphansAsync() => FindOrphansAsync(_server);

    internal static async Task<IReadOnlyList<string>> FindOrphansAsync(EtcdServer server)
    {
        var found = await server.CallAsync("/v3/kv/range", new JsonObject { ["key"] = "AA==", ["range_end"] = "AA==", ["keys_only"] = true });
        return !found.TryGetProperty("kvs", out var names) ? [] :
        [
            .. names.EnumerateArray().Select(name => Convert.FromBase64String(name.GetProperty("key").GetString()!))
                .Where(name => name.Contains((byte)0xFE))
                .Select(Encoding.Latin1.GetString),
        ];
    }

    internal override Task<int> CountConnectionsAsync() => Task.FromResult(CountConnections(_server));

    internal static int CountConnections(EtcdServer server) => IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections()
        .Count(connection => connection.State == TcpState.Established && connection.LocalEndPoint.Port == server.Port);

    protected override async ValueTask StopAsync()
    {
        await _server.DisposeAsync();
        await _data.DisposeAsync();
    }
}
