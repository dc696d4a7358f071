using System.Collections.Concurrent;
using Google.Protobuf;

namespace DistributedLocking.Etcd.Queue;

/// <summary>An owner's place in the queue of a lock.</summary>
/// <param name="revision">At which it was created: the order of the queue.</param>
internal sealed class QueuePlace(long revision)
{
    private Predecessor? _before;

    internal long Revision => revision;

    /// <summary>Whose turn it is before, as of the last answer; null when there was none.</summary>
    internal Predecessor? Before
    {
        get => Volatile.Read(ref _before);
        set => Volatile.Write(ref _before, value);
    }
}

/// <summary>Who is before an owner in the queue.</summary>
/// <param name="Name">
/// Its name in etcd, whose end is the owner's turn to ask; null where that is the end of any other.
/// </param>
/// <param name="SeenAt">The revision at which it existed.</param>
internal sealed record Predecessor(ByteString? Name, long SeenAt);

/// <summary>The places of the owners of this process.</summary>
internal sealed class QueuePlaces
{
    private readonly ConcurrentDictionary<string, QueuePlace> _byOwner = new(StringComparer.Ordinal);

    internal QueuePlace? Find(string ownerId) => _byOwner.GetValueOrDefault(ownerId);

    internal void Add(string ownerId, QueuePlace place) => _byOwner[ownerId] = place;

    internal bool Remove(string ownerId) => _byOwner.TryRemove(ownerId, out _);
}
