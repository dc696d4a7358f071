using System.Runtime.InteropServices;
using DistributedLocking.Providers;

namespace DistributedLocking.InMemory;

/// <summary>
/// Leases in the memory of this process. The reference of what a store does; it excludes nobody outside the process.
/// </summary>
public sealed partial class InMemoryLockStore
{
    /// <summary>How long the first in the queue has to take what it was granted.</summary>
    private static readonly TimeSpan Offer = TimeSpan.FromSeconds(2);

    /// <summary>Who waits asks again each second. One that does not, does not wait any more.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(10);

    private const int MostUnused = 64;

    private readonly object _lock = new();
    private readonly Dictionary<string, StoredLock> _locks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, InMemoryPlace> _places = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<InMemoryKeyWatch>> _watches = new(StringComparer.Ordinal);
    private readonly Stack<StoredLock> _unused = new();
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
                return _locks.Values.Sum(stored => stored.Count);
            }
        }
    }

    /// <summary>
    /// Grants the key if those who hold it, and those who wait for it, allow that. Else null with the time until the
    /// first lease ends, and the owner has a place in the queue if it waits.
    /// </summary>
    internal long? TryGrant(string key, AcquireRequest request, out TimeSpan holderExpiresIn)
    {
        var owner = request.OwnerId;
        lock (_lock)
        {
            ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_locks, key, out _);
            var stored = entry ??= _unused.TryPop(out var unused) ? unused : new StoredLock(_time);
            Promote(stored);
            var place = _places.GetValueOrDefault(owner);
            if (stored.IsHeldBy(owner) || (stored.Fits(request.Limit) && (stored.First is null || stored.First == place)))
            {
                Forget(stored, place);
                holderExpiresIn = TimeSpan.Zero;
                return stored.Hold(owner, request.Limit, request.TimeToLive, NextToken());
            }

            holderExpiresIn = stored.FirstEnd();
            if (place is null && request.StoreWait != TimeSpan.Zero)
            {
                _places.Add(owner, place = new InMemoryPlace(this, key, owner));
            }

            if (place is not null)
            {
                // What it was granted before has lapsed.
                place.Grant = null;
                place.Limit = request.Limit;
                place.AskedAt = _time.GetTimestamp();
                stored.Enqueue(place);
            }

            return null;
        }
    }

    internal bool TryRenew(string key, string ownerId, TimeSpan timeToLive)
    {
        lock (_lock)
        {
            if (!TryFind(key, ownerId, out var stored))
            {
                return false;
            }

            stored.Renew(ownerId, timeToLive);
            return true;
        }
    }

    internal bool TryRelease(string key, string ownerId)
    {
        lock (_lock)
        {
            if (!_locks.TryGetValue(key, out var stored))
            {
                return false;
            }

            stored.RemoveLapsed();
            var held = stored.Remove(ownerId);
            if (held)
            {
                _watches.GetValueOrDefault(key)?.ForEach(watch => watch.Signal());
            }

            Promote(stored);
            RemoveIfUnused(key, stored);
            return held;
        }
    }

    /// <summary>Gives up a place in the queue. An owner that was granted the key meanwhile holds it still.</summary>
    internal void Leave(string key, string ownerId)
    {
        lock (_lock)
        {
            if (_places.GetValueOrDefault(ownerId) is { } place && _locks.TryGetValue(key, out var stored))
            {
                Forget(stored, place);
                Promote(stored);
                RemoveIfUnused(key, stored);
            }
        }
    }

    /// <summary>
    /// The watch of an owner that is in the queue tells of its grant; any other tells of the key's release.
    /// </summary>
    internal IKeyWatch Watch(string key, string ownerId)
    {
        lock (_lock)
        {
            if (_places.GetValueOrDefault(ownerId) is { } place)
            {
                return place;
            }

            var watch = new InMemoryKeyWatch(this, key);
            if (!_watches.TryGetValue(key, out var watches))
            {
                _watches[key] = watches = [];
            }

            watches.Add(watch);
            return watch;
        }
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

    internal AcquireReply? TakeGrant(InMemoryPlace place)
    {
        lock (_lock)
        {
            var grant = place.Grant;
            place.Grant = null;
            return grant;
        }
    }

    /// <summary>Who does not watch its place any more may still ask for it, until it gives it up.</summary>
    internal void EndWatch(InMemoryPlace place)
    {
        lock (_lock)
        {
            if (!place.IsQueued)
            {
                _places.Remove(place.OwnerId);
            }
        }
    }

    /// <summary>Grants the key to the first in the queue, as long as it fits.</summary>
    private void Promote(StoredLock stored)
    {
        stored.RemoveLapsed();
        while (stored.First is { } place)
        {
            if (_time.GetElapsedTime(place.AskedAt) > LongestSilence)
            {
                Forget(stored, place);
                place.Wake();
                continue;
            }

            if (!stored.Fits(place.Limit))
            {
                return;
            }

            stored.Dequeue(place);
            place.Grant = AcquireReply.Granted(stored.Hold(place.OwnerId, place.Limit, Offer, NextToken()), Offer);
            place.Wake();
        }
    }

    private void Forget(StoredLock stored, InMemoryPlace? place)
    {
        if (place is not null)
        {
            stored.Dequeue(place);
            _places.Remove(place.OwnerId);
        }
    }

    private bool TryFind(string key, string ownerId, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out StoredLock? stored)
    {
        if (!_locks.TryGetValue(key, out stored))
        {
            return false;
        }

        stored.RemoveLapsed();
        return stored.IsHeldBy(ownerId);
    }

    private void RemoveIfUnused(string key, StoredLock stored)
    {
        if (stored.IsUnused && _locks.Remove(key) && _unused.Count < MostUnused)
        {
            _unused.Push(stored);
        }
    }

    private long NextToken()
    {
        // The clock keeps tokens rising across a change of store; the mark keeps them rising when the clock steps back.
        var microseconds = (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        _newestToken = Math.Max(_newestToken + 1, microseconds);
        return _newestToken;
    }
}
