using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Redis.Tests.Doubles;

/// <summary>A server in Cluster mode that has all slots.</summary>
internal static class ClusterServer
{
    internal static async Task<RedisServer> StartAsync()
    {
        var server = await RedisServer.StartClusterNodeAsync();
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
        await Eventually.BecomesTrueAsync(
            async () => (await wire.SendAsync("CLUSTER", "INFO"))!.Contains("cluster_state:ok", StringComparison.Ordinal), "the cluster was ready");
        return server;
    }
}
