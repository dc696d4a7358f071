using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.FaultTests.Stores;

/// <summary>
/// A Cluster of three primaries with a replica each, without persistence. The data are on another server.
/// </summary>
internal sealed class RedisClusterUnderTest : StoreUnderTest
{
    private readonly RedisCluster _cluster;
    private readonly RedisServer _data;
    private readonly RedisPair[] _pairs;

    private RedisClusterUnderTest(RedisCluster cluster, RedisServer data)
        : base(StoreKind.RedisCluster)
    {
        _cluster = cluster;
        _data = data;
        _pairs = [.. cluster.Primaries.Zip(cluster.Replicas, (primary, replica) => new RedisPair(primary, replica))];
    }

    internal override StoreAddress Address => new(Kind, _cluster.Addresses, _data.Address);

    internal override StoreAddress DirectAddress => Address;

    internal override IReadOnlyList<(string Name, Func<Random, Task> Make)> FailOvers =>
    [
        ("killed primary", random => _pairs[random.Next(_pairs.Length)].KillPrimaryAsync(PromotedAsync, random)),
        ("frozen primary", random => _pairs[random.Next(_pairs.Length)].FreezePrimaryAsync(PromotedAsync, random)),
    ];

    internal static async Task<RedisClusterUnderTest> StartAsync() =>
        new(await RedisCluster.StartAsync(withReplicas: true, "--cluster-node-timeout", "1000"), await RedisServer.StartAsync());

    internal override void Freeze() => _pairs[0].Primary.Freeze();

    internal override void Thaw() => _pairs[0].Primary.Thaw();

    internal override Task KillAsync() => _pairs[0].Primary.KillAsync();

    internal override Task RestartAsync() => _pairs[0].Primary.RestartAsync();

    internal override Task DisturbAsync() => RedisUnderTest.DisturbAsync(_pairs[0].Primary);

    internal override async Task<IReadOnlyList<string>> FindOrphansAsync()
    {
        List<string> orphans = [];
        foreach (var pair in _pairs)
        {
            orphans.AddRange(await RedisUnderTest.FindOrphansAsync(pair.Primary));
        }

        return orphans;
    }

    internal override async Task<int> CountConnectionsAsync()
    {
        var count = 0;
        foreach (var pair in _pairs)
        {
            count += await RedisUnderTest.CountConnectionsAsync(pair.Primary);
        }

        return count;
    }

    protected override async ValueTask StopAsync()
    {
        await _cluster.DisposeAsync();
        await _data.DisposeAsync();
    }

    private static Task PromotedAsync(RedisServer replica) => Eventually.BecomesTrueAsync(
        async () => (await RedisPair.DescribeAsync(replica)).Contains("role:master", StringComparison.Ordinal), "the replica was promoted");
}
