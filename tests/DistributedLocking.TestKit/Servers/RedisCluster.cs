using System.Globalization;

namespace DistributedLocking.TestKit.Servers;

/// <summary>A Cluster of three primaries, with a replica each if asked for.</summary>
public sealed class RedisCluster : IAsyncDisposable
{
    private const int Count = 3;
    private const int Slots = 16_384;

    private readonly RedisServer[] _nodes;

    private RedisCluster(RedisServer[] nodes) => _nodes = nodes;

    /// <summary>The three that are primaries at the start.</summary>
    public IReadOnlyList<RedisServer> Primaries => _nodes[..Count];

    /// <summary>Each at the place of its primary.</summary>
    public IReadOnlyList<RedisServer> Replicas => _nodes[Count..];

    /// <summary>The connection string that names all nodes.</summary>
    public string Addresses => string.Join(',', _nodes.Select(node => node.Address));

    /// <summary>Starts the nodes, and waits until they know each other.</summary>
    /// <param name="withReplicas">Whether each primary has a replica.</param>
    /// <param name="arguments">More arguments of each redis-server.</param>
    /// <returns>The running cluster.</returns>
    public static async Task<RedisCluster> StartAsync(bool withReplicas = false, params string[] arguments)
    {
        var nodes = await Task.WhenAll(Enumerable.Range(0, withReplicas ? 2 * Count : Count).Select(_ => RedisServer.StartClusterNodeAsync(arguments)));
        var cluster = new RedisCluster(nodes);
        try
        {
            await cluster.JoinAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The number of a name's slot.</summary>
    /// <param name="name">The name of a key.</param>
    /// <returns>The slot.</returns>
    public async Task<int> SlotAsync(string name) => Number(await SendAsync(_nodes[0], "CLUSTER", "KEYSLOT", name));

    /// <summary>The primary that had the slot of a name at the start.</summary>
    /// <param name="name">The name of a key.</param>
    /// <returns>The node.</returns>
    public async Task<RedisServer> OwnerAsync(string name) => _nodes[await SlotAsync(name) * Count / Slots];

    /// <summary>Sends a command to one node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="command">The command and its arguments.</param>
    /// <returns>The answer.</returns>
    public static async Task<string> SendAsync(RedisServer node, params string[] command)
    {
        await using var wire = await node.ConnectAsync();
        return (await wire.SendAsync(command))!;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    // As the division in OwnerAsync rounds.
    private static int FirstSlot(int primary) => ((primary * Slots) + Count - 1) / Count;

    private async Task JoinAsync()
    {
        for (var i = 0; i < _nodes.Length; i++)
        {
            // Without epochs of their own the nodes would have to agree on them, which takes seconds.
            await SendAsync(_nodes[i], "CLUSTER", "SET-CONFIG-EPOCH", Text(i + 1));
            if (i < Count)
            {
                await SendAsync(_nodes[i], "CLUSTER", "ADDSLOTSRANGE", Text(FirstSlot(i)), Text(FirstSlot(i + 1) - 1));
            }

            await SendAsync(_nodes[0], "CLUSTER", "MEET", _nodes[i].Host, Text(_nodes[i].Port), Text(_nodes[i].BusPort));
        }

        await BecomeReadyAsync(_nodes.Length);
        for (var i = Count; i < _nodes.Length; i++)
        {
            var primary = await SendAsync(_nodes[i - Count], "CLUSTER", "MYID");
            await SendAsync(_nodes[i], "CLUSTER", "REPLICATE", primary);
        }

        foreach (var replica in Replicas)
        {
            await Eventually.BecomesTrueAsync(
                async () => (await SendAsync(replica, "INFO", "replication")).Contains("master_link_status:up", StringComparison.Ordinal), "the replica was connected");
        }
    }

    private async Task BecomeReadyAsync(int count)
    {
        foreach (var node in _nodes)
        {
            await Eventually.BecomesTrueAsync(
                async () => (await SendAsync(node, "CLUSTER", "INFO")) is var info
                    && info.Contains("cluster_state:ok", StringComparison.Ordinal)
                    && info.Contains($"cluster_known_nodes:{Text(count)}\r", StringComparison.Ordinal),
                "the node knew the others");
        }
    }
}
