using DistributedLocking.TestKit.Proxy;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.FaultTests.Stores;

/// <summary>
/// Three Redis servers without persistence, to one of which everything happens. The data are on another.
/// </summary>
internal sealed class RedisQuorumUnderTest : StoreUnderTest
{
    private readonly RedisServer _disturbed;
    private readonly RedisServer[] _others;
    private readonly RedisServer _data;

    private RedisQuorumUnderTest(RedisServer disturbed, RedisServer[] others, RedisServer data)
        : base(StoreKind.RedisQuorum)
    {
        _disturbed = disturbed;
        _others = others;
        _data = data;
        Proxy = new FaultProxy(disturbed.Host, disturbed.Port);
    }

    internal override FaultProxy Proxy { get; }

    internal override StoreAddress Address => AddressWith($"127.0.0.1:{Proxy.Port}");

    internal override StoreAddress DirectAddress => AddressWith(_disturbed.Address);

    private IEnumerable<RedisServer> All => [_disturbed, .. _others];

    internal static async Task<RedisQuorumUnderTest> StartAsync() =>
        new(await RedisServer.StartAsync(), [await RedisServer.StartAsync(), await RedisServer.StartAsync()], await RedisServer.StartAsync());

    internal override void Freeze() => _disturbed.Freeze();

    internal override void Thaw() => _disturbed.Thaw();

    internal override Task KillAsync() => _disturbed.KillAsync();

    internal override Task RestartAsync() => _disturbed.RestartAsync();

    internal override Task DisturbAsync() => RedisUnderTest.DisturbAsync(_disturbed);

    internal override async Task<IReadOnlyList<string>> FindOrphansAsync()
    {
        List<string> orphans = [];
        foreach (var server in All)
        {
            orphans.AddRange(await RedisUnderTest.FindOrphansAsync(server));
        }

        return orphans;
    }

    internal override async Task<int> CountConnectionsAsync()
    {
        var count = 0;
        foreach (var server in All)
        {
            count += await RedisUnderTest.CountConnectionsAsync(server);
        }

        return count;
    }

    protected override async ValueTask StopAsync()
    {
        foreach (var server in All)
        {
            await server.DisposeAsync();
        }

        await _data.DisposeAsync();
    }

    private StoreAddress AddressWith(string first) => new(Kind, string.Join(' ', [first, .. _others.Select(server => server.Address)]), _data.Address);
}
