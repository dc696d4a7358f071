using DistributedLocking.Providers;

namespace DistributedLocking.InMemory;

/// <summary>
/// Who holds a key, and who waits for it. Reused for other keys once it is empty, so that an acquisition is spared the
/// objects. Guarded by the store.
/// </summary>
internal sealed class StoredLock(TimeProvider time)
{
    private readonly Dictionary<string, StoredLease> _holders = new(StringComparer.Ordinal);
    private LinkedList<InMemoryPlace>? _queue;
    private int _alone;

    // No lease ends before. Many readers need not be looked at by each that comes.
    private StoredLease _noneEndsBefore;

    internal int Count => _holders.Count;

    /// <summary>How many wait.</summary>
    internal int Waiting => _queue?.Count ?? 0;

    internal bool IsUnused => _holders.Count == 0 && First is null;

    /// <summary>Who is next.</summary>
    internal InMemoryPlace? First => _queue?.First?.Value;

    internal bool IsHeldBy(string ownerId) => _holders.ContainsKey(ownerId);

    /// <summary>
    /// Whether one more may hold the key beside those that do: not when they are too many for its limit, or one of them
    /// has the limit 1.
    /// </summary>
    internal bool Fits(int limit) => _holders.Count < limit && _alone == 0;

    /// <summary>Gives an owner a lease from now on, be it the first or another; returns its token.</summary>
    internal long Hold(string ownerId, int limit, TimeSpan timeToLive, long token)
    {
        var now = time.GetTimestamp();
        Hold(ownerId, new StoredLease(now, timeToLive, limit == 1, now, token));
        return token;
    }

    /// <summary>Gives an owner that holds the key a lease from now on.</summary>
    internal void Renew(string ownerId, TimeSpan timeToLive) =>
        Hold(ownerId, _holders[ownerId] with { Since = time.GetTimestamp(), TimeToLive = timeToLive });

    /// <summary>Who holds the key, for whoever looks.</summary>
    internal IEnumerable<LockHolder> Holders(string key, LockMode mode) => _holders
        .Where(holder => Remaining(holder.Value) > TimeSpan.Zero)
        .Select(holder => LockHolders.Of(key, LockHolders.Kind(mode, holder.Value.IsAlone), holder.Key) with
        {
            Since = time.GetUtcNow() - time.GetElapsedTime(holder.Value.GrantedAt),
            TimeLeft = Remaining(holder.Value),
            Waiting = Waiting,
            FencingToken = holder.Value.Token,
        });

    private void Hold(string ownerId, StoredLease lease)
    {
        Remove(ownerId);
        if (_holders.Count == 0 || Remaining(lease) < Remaining(_noneEndsBefore))
        {
            _noneEndsBefore = lease;
        }

        _holders.Add(ownerId, lease);
        _alone += lease.IsAlone ? 1 : 0;
    }

    /// <summary>False when the owner held nothing.</summary>
    internal bool Remove(string ownerId)
    {
        if (!_holders.Remove(ownerId, out var lease))
        {
            return false;
        }

        _alone -= lease.IsAlone ? 1 : 0;
        return true;
    }

    /// <summary>Removes the leases that have ended.</summary>
    internal void RemoveLapsed()
    {
        if (_holders.Count == 0 || Remaining(_noneEndsBefore) > TimeSpan.Zero)
        {
            return;
        }

        foreach (var (owner, _) in _holders.Where(holder => Remaining(holder.Value) <= TimeSpan.Zero).ToList())
        {
            Remove(owner);
        }

        _noneEndsBefore = _holders.Count == 0 ? default : _holders.Values.MinBy(Remaining);
    }

    /// <summary>When the first lease ends. Somebody holds the key.</summary>
    internal TimeSpan FirstEnd() => _holders.Count == 0 ? TimeSpan.Zero : _holders.Values.Min(Remaining);

    internal void Enqueue(InMemoryPlace place)
    {
        if (!place.IsQueued)
        {
            place.IsQueued = true;
            (_queue ??= new()).AddLast(place);
        }
    }

    internal void Dequeue(InMemoryPlace place)
    {
        if (place.IsQueued)
        {
            place.IsQueued = false;
            _queue!.Remove(place);
        }
    }

    private TimeSpan Remaining(StoredLease lease) => lease.TimeToLive - time.GetElapsedTime(lease.Since);

    private readonly record struct StoredLease(long Since, TimeSpan TimeToLive, bool IsAlone, long GrantedAt, long Token);
}
