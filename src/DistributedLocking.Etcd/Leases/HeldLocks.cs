using System.Collections.Concurrent;
using Google.Protobuf;

namespace DistributedLocking.Etcd.Leases;

/// <summary>What this process holds.</summary>
internal sealed class HeldLocks
{
    private readonly ConcurrentDictionary<string, HeldLock> _byOwner = new(StringComparer.Ordinal);

    internal HeldLock? Find(string ownerId) => _byOwner.GetValueOrDefault(ownerId);

    internal void Add(string ownerId, HeldLock held) => _byOwner[ownerId] = held;

    internal void Remove(string ownerId) => _byOwner.TryRemove(ownerId, out _);
}

/// <summary>A lock that is held.</summary>
/// <param name="Name">Its owner's name.</param>
/// <param name="Created">The revision at which that was created.</param>
/// <param name="Written">The revision at which it was last written, as far as is known.</param>
/// <param name="Lease">The lease that it is on, as far as is known.</param>
internal sealed record HeldLock(ByteString Name, long Created, long Written, SharedLease Lease)
{
    /// <summary>
    /// Whether it may have been put on another lease, or may be yet. It has to be written before it can be relied on.
    /// </summary>
    internal bool IsUncertain { get; init; }
}
