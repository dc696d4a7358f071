using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Keys;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Inspection;

/// <summary>Looks for the keys of locks among all that a database has, on each primary of a Cluster.</summary>
internal static class KeyScan
{
    private const int PageSize = 250;

    /// <summary>The keys that somebody holds, or held when the scan came by.</summary>
    /// <exception cref="DistributedLockUnavailableException">Some of them can't be had.</exception>
    internal static async Task<IReadOnlyCollection<string>> RunAsync(
        RedisSession session, LockNames names, string prefix, CancellationToken cancellationToken)
    {
        try
        {
            var keys = new HashSet<string>(StringComparer.Ordinal);
            foreach (var server in Primaries(session.Multiplexer))
            {
                var found = server.KeysAsync(session.Database.Database, names.ScanPattern(prefix), PageSize);
                await foreach (var name in found.WithCancellation(cancellationToken).ConfigureAwait(false))
                {
                    if (names.KeyOf(((byte[]?)name)!) is { } key && key.StartsWith(prefix, StringComparison.Ordinal))
                    {
                        keys.Add(key);
                    }
                }
            }

            return keys;
        }
        catch (Exception e) when (!RedisErrors.IsCancellation(e, cancellationToken))
        {
            throw RedisErrors.Translate(e, session.Outage);
        }
    }

    /// <summary>
    /// Those with a part of the keys. One that is away matters where nobody else has its part: in a Cluster, while it
    /// has slots.
    /// </summary>
    private static List<IServer> Primaries(IConnectionMultiplexer multiplexer)
    {
        var primaries = multiplexer.GetServers().Where(server => !server.IsReplica).ToList();
        var away = primaries.Find(server => !server.IsConnected && server.ServerType == ServerType.Cluster && HasSlots(server));
        primaries.RemoveAll(server => !server.IsConnected);
        return away is null && primaries.Count > 0
            ? primaries
            : throw new DistributedLockUnavailableException("A Redis server that has a part of the keys is not connected.");
    }

    private static bool HasSlots(IServer server) => server.ClusterConfiguration?[server.EndPoint] is not { Slots.Count: 0 };
}
