namespace DistributedLocking.InMemory;

/// <summary>
/// Leases in the memory of this process. The reference of what a store does; it excludes nobody outside the process.
/// </summary>
public sealed class InMemoryLockStore
{
    private readonly object _lock = new();
    private readonly Dictionary<string, StoredLease> _leases = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<InMemoryKeyWatch>> _watches = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private long _newestToken;

    /// <summary>Makes an empty store.</summary>
    /// <param name="timeProvider">The clock of the leases; null for the system's.</param>
    public InMemoryLockStore(TimeProvider? timeProvider = null) => _time = timeProvider ?? TimeProvider.System;

    /// <summary>How many leases are stored now, those included that ended but were not looked at since.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _leases.Count;
            }
        }
    }

    /// <summary>Grants the key if nobody holds it. Null with the holder's remaining time if somebody does.</summary>
    internal long? TryGrant(string key, string ownerId, TimeSpan timeToLive, out TimeSpan holderExpiresIn)
    {
        lock (_lock)
        {
            if (_leases.TryGetValue(key, out var holder) && Remaining(holder) is var remaining && remaining > TimeSpan.Zero)
            {
                holderExpiresIn = remaining;
                return null;
            }

            // The clock keeps tokens rising across a change of store; the mark keeps them rising when the clock steps
            // back.
            var microseconds = (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
            _newestToken = Math.Max(_newestToken + 1, microseconds);
            _leases[key] = new StoredLease(ownerId, _time.GetTimestamp(), timeToLive);
            holderExpiresIn = TimeSpan.Zero;
            return _newestToken;
        }
    }

    internal bool TryRenew(string key, string ownerId, TimeSpan timeToLive)
    {
        lock (_lock)
        {
            if (!IsHeldBy(key, ownerId))
            {
                return false;
            }

            _leases[key] = new StoredLease(ownerId, _time.GetTimestamp(), timeToLive);
            return true;
        }
    }

    internal bool TryRelease(string key, string ownerId)
    {
        lock (_lock)
        {
            var held = IsHeldBy(key, ownerId);
            if (_leases.TryGetValue(key, out var lease) && string.Equals(lease.OwnerId, ownerId, StringComparison.Ordinal))
            {
                // One that ended unnoticed goes too: nobody may ever ask for its key again.
                _leases.Remove(key);
                _watches.GetValueOrDefault(key)?.ForEach(watch => watch.Signal());
            }

            return held;
        }
    }

    internal InMemoryKeyWatch Watch(string key)
    {
        var watch = new InMemoryKeyWatch(this, key);
        lock (_lock)
        {
            if (!_watches.TryGetValue(key, out var watches))
            {
                _watches[key] = watches = [];
            }

            watches.Add(watch);
        }

        return watch;
    }

    internal void Unwatch(InMemoryKeyWatch watch)
    {
        lock (_lock)
        {
            if (_watches.TryGetValue(watch.Key, out var watches) && watches.Remove(watch) && watches.Count == 0)
            {
                _watches.Remove(watch.Key);
            }
        }
    }

    private TimeSpan Remaining(StoredLease lease) => lease.TimeToLive - _time.GetElapsedTime(lease.Since);

    private bool IsHeldBy(string key, string ownerId) =>
        _leases.TryGetValue(key, out var holder)
        && string.Equals(holder.OwnerId, ownerId, StringComparison.Ordinal)
        && Remaining(holder) > TimeSpan.Zero;

    private readonly record struct StoredLease(string OwnerId, long Since, TimeSpan TimeToLive);
}
