using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.FaultTests.Stores;

/// <summary>
/// A primary and a replica without persistence, which three Sentinels exchange. The data are on another server.
/// </summary>
internal sealed class RedisSentinelUnderTest : StoreUnderTest
{
    private readonly SentinelGroup _group;
    private readonly RedisServer _data;
    private readonly RedisPair _pair;

    private RedisSentinelUnderTest(StoreKind kind, SentinelGroup group, RedisServer data)
        : base(kind)
    {
        _group = group;
        _data = data;
        _pair = new RedisPair(group.Primary, group.Replica);
    }

    internal override StoreAddress Address => new(Kind, _group.Configuration, _data.Address);

    internal override StoreAddress DirectAddress => Address;

    internal override IReadOnlyList<(string Name, Func<Random, Task> Make)> FailOvers =>
    [
        ("killed primary", random => _pair.KillPrimaryAsync(_group.FailedOverAsync, random)),
        ("frozen primary", random => _pair.FreezePrimaryAsync(_group.FailedOverAsync, random)),
    ];

    internal static new async Task<RedisSentinelUnderTest> StartAsync(StoreKind kind) => new(kind, await SentinelGroup.StartAsync(), await RedisServer.StartAsync());

    internal override void Freeze() => _pair.Primary.Freeze();

    internal override void Thaw() => _pair.Primary.Thaw();

    internal override Task KillAsync() => _pair.Primary.KillAsync();

    internal override Task RestartAsync() => _pair.Primary.RestartAsync();

    internal override Task DisturbAsync() => RedisUnderTest.DisturbAsync(_pair.Primary);

    internal override Task<IReadOnlyList<string>> FindOrphansAsync() => RedisUnderTest.FindOrphansAsync(_pair.Primary);

    internal override Task<int> CountConnectionsAsync() => RedisUnderTest.CountConnectionsAsync(_pair.Primary);

    protected override async ValueTask StopAsync()
    {
        await _group.DisposeAsync();
        await _data.DisposeAsync();
    }
}
