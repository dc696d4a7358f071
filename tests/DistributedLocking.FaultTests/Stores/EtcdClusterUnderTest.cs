using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.FaultTests.Stores;

/// <summary>Three members of etcd. The data are on a Redis server, which nothing happens to.</summary>
internal sealed class EtcdClusterUnderTest : StoreUnderTest
{
    private readonly EtcdCluster _cluster;
    private readonly RedisServer _data;

    private EtcdClusterUnderTest(EtcdCluster cluster, RedisServer data)
        : base(StoreKind.EtcdCluster)
    {
        _cluster = cluster;
        _data = data;
    }

    internal override StoreAddress Address => new(Kind, string.Join(' ', _cluster.Endpoints), _data.Address);

    internal override StoreAddress DirectAddress => Address;

    internal override IReadOnlyList<(string Name, Func<Random, Task> Make)> FailOvers =>
    [
        ("killed leader", async random => await KilledAsync([await LeaderAsync()], random)),
        ("frozen leader", async random => await FrozenAsync(await LeaderAsync(), random)),
        ("killed member", random => KilledAsync([AnyMember(random)], random)),
        ("frozen member", random => FrozenAsync(AnyMember(random), random)),
        ("no majority", random => KilledAsync([.. _cluster.Members.Except([AnyMember(random)])], random)),
        ("compaction", _ => DisturbAsync()),
    ];

    internal static async Task<EtcdClusterUnderTest> StartAsync() => new(await EtcdCluster.StartAsync(), await RedisServer.StartAsync());

    internal override void Freeze() => _cluster.Members[0].Freeze();

    internal override void Thaw() => _cluster.Members[0].Thaw();

    internal override Task KillAsync() => _cluster.Members[0].KillAsync();

    internal override Task RestartAsync() => _cluster.Members[0].RestartAsync();

    internal override Task DisturbAsync() => EtcdUnderTest.DisturbAsync(_cluster.Members[0]);

    internal override async Task<IReadOnlyList<string>> FindOrphansAsync()
    {
        await LeaderAsync();
        return await EtcdUnderTest.FindOrphansAsync(_cluster.Members[0]);
    }

    internal override Task<int> CountConnectionsAsync() => Task.FromResult(_cluster.Members.Sum(EtcdUnderTest.CountConnections));

    protected override async ValueTask StopAsync()
    {
        await _cluster.DisposeAsync();
        await _data.DisposeAsync();
    }

    private EtcdServer AnyMember(Random random) => _cluster.Members[random.Next(_cluster.Members.Count)];

    /// <summary>The member that leads, as soon as one does.</summary>
    private async Task<EtcdServer> LeaderAsync()
    {
        EtcdServer? leader = null;
        await Eventually.BecomesTrueAsync(async () => (leader = await FindLeaderAsync()) is not null, "a member led");
        return leader!;
    }

    private async Task<EtcdServer?> FindLeaderAsync()
    {
        try
        {
            return await _cluster.LeaderAsync();
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidOperationException)
        {
            return null;
        }
    }

    private static async Task KilledAsync(IReadOnlyList<EtcdServer> members, Random random)
    {
        await Task.WhenAll(members.Select(member => member.KillAsync()));
        await PassAsync(random);
        await Task.WhenAll(members.Select(member => member.RestartAsync()));
    }

    private static async Task FrozenAsync(EtcdServer member, Random random)
    {
        member.Freeze();
        try
        {
            await PassAsync(random);
        }
        finally
        {
            member.Thaw();
        }
    }

    // An election takes one to two seconds.
    private static Task PassAsync(Random random) => Task.Delay(TimeSpan.FromMilliseconds(random.Next(200, 4000)), TimeProvider.System);
}
