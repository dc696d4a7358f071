using DistributedLocking.Redis.Connections;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Replicas;

/// <summary>Where waiting for replicas makes sense.</summary>
internal static class ReplicaTopology
{
    /// <summary>
    /// Refuses a Cluster: WAIT names no key, so the client could not send it to the primary of a lock's slot.
    /// </summary>
    /// <exception cref="DistributedLockUnavailableException">The server is part of a Cluster.</exception>
    internal static void Check(RedisSession session)
    {
        var multiplexer = session.Multiplexer;
        if (Array.Exists(multiplexer.GetEndPoints(), endPoint => multiplexer.GetServer(endPoint).ServerType == ServerType.Cluster))
        {
            throw new DistributedLockUnavailableException(
                $"{nameof(RedisLockOptions.MinReplicas)} does not work with a Redis Cluster: WAIT can't be sent to the primary of a slot. Set it to 0, or use several independent servers ({nameof(RedisLockOptions.Servers)}).")
            {
                IsTransient = false,
            };
        }
    }
}
