using System.Globalization;

namespace DistributedLocking.TestKit.Servers;

/// <summary>A primary and its replicas, which keep nothing on disk and find each other without delay.</summary>
public static class RedisReplication
{
    /// <summary>Starts a primary.</summary>
    /// <returns>The running server.</returns>
    public static Task<RedisServer> StartPrimaryAsync() => RedisServer.StartAsync("--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1");

    /// <summary>Starts a replica, and waits until both know each other.</summary>
    /// <param name="primary">The primary.</param>
    /// <returns>The running server.</returns>
    public static async Task<RedisServer> StartReplicaAsync(RedisServer primary)
    {
        var replica = await RedisServer.StartAsync(
            "--replicaof", primary.Host, primary.Port.ToString(CultureInfo.InvariantCulture), "--repl-diskless-load", "on-empty-db");
        await using var wire = await replica.ConnectAsync();
        await Eventually.BecomesTrueAsync(
            async () => (await wire.SendAsync("INFO", "replication"))!.Contains("master_link_status:up", StringComparison.Ordinal), "the replica was connected");
        await using var source = await primary.ConnectAsync();
        await Eventually.BecomesTrueAsync(
            async () => (await source.SendAsync("INFO", "replication"))!.Contains("state=online", StringComparison.Ordinal), "the primary counted the replica");
        return replica;
    }
}
