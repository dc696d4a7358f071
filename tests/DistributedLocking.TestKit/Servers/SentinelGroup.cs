using System.Globalization;

namespace DistributedLocking.TestKit.Servers;

/// <summary>A primary and a replica, which keep nothing on disk, and three Sentinels.</summary>
public sealed class SentinelGroup : IAsyncDisposable
{
    private readonly List<RedisServer> _sentinels = [];

    private SentinelGroup(RedisServer primary, RedisServer replica)
    {
        Primary = primary;
        Replica = replica;
    }

    /// <summary>The one that is the primary at the start.</summary>
    public RedisServer Primary { get; }

    /// <summary>The one that is the replica at the start.</summary>
    public RedisServer Replica { get; }

    /// <summary>The connection string of a client that asks the Sentinels.</summary>
    public string Configuration => $"{string.Join(',', _sentinels.Select(sentinel => sentinel.Address))},serviceName={RedisSentinel.Service}";

    /// <summary>Starts all five, and waits until they know each other.</summary>
    /// <returns>The running group.</returns>
    public static async Task<SentinelGroup> StartAsync()
    {
        var primary = await RedisReplication.StartPrimaryAsync();
        var group = new SentinelGroup(primary, await RedisReplication.StartReplicaAsync(primary));
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

    /// <summary>Waits until a server is the primary for all three.</summary>
    /// <param name="server">The server; null for the one that is the replica at the start.</param>
    /// <returns>A task that ends then.</returns>
    public async Task FailedOverAsync(RedisServer? server = null)
    {
        foreach (var sentinel in _sentinels)
        {
            await using var wire = await sentinel.ConnectAsync();
            await Eventually.BecomesTrueAsync(
                async () => (await wire.SendAsync("SENTINEL", "GET-MASTER-ADDR-BY-NAME", RedisSentinel.Service))!.EndsWith(
                    string.Create(CultureInfo.InvariantCulture, $"\n{(server ?? Replica).Port}"), StringComparison.Ordinal),
                "the replica was promoted");
        }
    }

    /// <summary>Whether the first primary has become a replica.</summary>
    /// <returns>True when it says so itself.</returns>
    public async Task<bool> IsDemotedAsync()
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

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var server in _sentinels.Append(Replica).Append(Primary))
        {
            await server.DisposeAsync();
        }
    }
}
