using System.Globalization;
using DistributedLocking.Redis.Tests.Replicas;
using DistributedLocking.TestServers;

namespace DistributedLocking.Redis.Tests.Doubles;

/// <summary>A primary and a replica, which keep nothing on disk, and three Sentinels.</summary>
internal sealed class SentinelGroup : IAsyncDisposable
{
    private readonly List<RedisServer> _sentinels = [];

    private SentinelGroup(RedisServer primary, RedisServer replica)
    {
        Primary = primary;
        Replica = replica;
    }

    /// <summary>The one that is the primary at the start.</summary>
    internal RedisServer Primary { get; }

    internal RedisServer Replica { get; }

    internal string Configuration => $"{string.Join(',', _sentinels.Select(sentinel => sentinel.Address))},serviceName={RedisSentinel.Service}";

    internal static async Task<SentinelGroup> StartAsync()
    {
        var primary = await MinReplicasTests.PrimaryAsync();
        var group = new SentinelGroup(primary, await MinReplicasTests.ReplicaOfAsync(primary));
        for (var i = 0; i < 3; i++)
        {
            group._sentinels.Add(await RedisSentinel.StartAsync(primary));
        }

        foreach (var sentinel in group._sentinels)
        {
            await using var wire = await sentinel.ConnectAsync();
            await Eventually.BecomesTrueAsync(
                async () => (await wire.SendAsync("SENTINEL", "MASTER", RedisSentinel.Service))! is var answer
                    && answer.Contains("num-slaves\n1\n", StringComparison.Ordinal) && answer.Contains("num-other-sentinels\n2\n", StringComparison.Ordinal),
                "they knew each other");
        }

        return group;
    }

    /// <summary>Waits until the replica is the primary for all three.</summary>
    internal async Task FailedOverAsync()
    {
        foreach (var sentinel in _sentinels)
        {
            await using var wire = await sentinel.ConnectAsync();
            await Eventually.BecomesTrueAsync(
                async () => (await wire.SendAsync("SENTINEL", "GET-MASTER-ADDR-BY-NAME", RedisSentinel.Service))!.EndsWith(
                    string.Create(CultureInfo.InvariantCulture, $"\n{Replica.Port}"), StringComparison.Ordinal),
                "the replica was promoted");
        }
    }

    /// <summary>Whether the first primary has become a replica.</summary>
    internal async Task<bool> IsDemotedAsync()
    {
        try
        {
            await using var wire = await Primary.ConnectAsync();
            return (await wire.SendAsync("INFO", "replication"))!.Contains("role:slave", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // A Sentinel that makes it a replica cuts its clients' connections.
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _sentinels.Append(Replica).Append(Primary))
        {
            await server.DisposeAsync();
        }
    }
}
