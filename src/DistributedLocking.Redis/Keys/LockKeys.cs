using StackExchange.Redis;

namespace DistributedLocking.Redis.Keys;

/// <summary>The names in Redis that belong to one lock's key.</summary>
internal sealed class LockKeys(string key, int bucket, byte[] name, byte[] fence, byte[] queue)
{
    internal string Key { get; } = key;

    /// <summary>The number of those that share a fencing mark.</summary>
    internal int Bucket { get; } = bucket;

    internal byte[] Lock { get; } = name;

    internal byte[] Fence { get; } = fence;

    internal byte[] Queue { get; } = queue;

    /// <summary>
    /// All of them, in the order in which the scripts of one server take them. Shared: not to be written to.
    /// </summary>
    internal RedisKey[] All { get; } = [name, fence, queue];

    /// <summary>The names of the reader-writer lock of the same key, once they were asked for.</summary>
    internal LockKeys? Shared { get; set; }

    /// <summary>The names of the semaphore of the same key, once they were asked for.</summary>
    internal LockKeys? Counted { get; set; }
}
