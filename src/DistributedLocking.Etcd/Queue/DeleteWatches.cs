using DistributedLocking.Etcd.Connections;
using DistributedLocking.Etcd.Keys;
using DistributedLocking.Providers;

namespace DistributedLocking.Etcd.Queue;

/// <summary>The watches of the process, one for each lock that is waited for.</summary>
internal sealed class DeleteWatches(EtcdConnection connection, LockNames names)
{
    private readonly Dictionary<string, DeleteWatch> _byKey = new(StringComparer.Ordinal);

    /// <summary>Waits for whoever is before a place in the queue.</summary>
    internal IKeyWatch Watch(string key, QueuePlace place)
    {
        lock (_byKey)
        {
            if (!_byKey.TryGetValue(key, out var watch) || !watch.TryUse())
            {
                _byKey[key] = watch = new DeleteWatch(connection.Member.WatchStream(), names.First(key), names.End(key));
                watch.TryUse();
            }

            return new PlaceWatch(this, key, watch, place);
        }
    }

    private void Leave(string key, DeleteWatch watch)
    {
        lock (_byKey)
        {
            if (watch.Leave() && _byKey.TryGetValue(key, out var current) && current == watch)
            {
                _byKey.Remove(key);
            }
        }
    }

    private sealed class PlaceWatch(DeleteWatches owner, string key, DeleteWatch watch, QueuePlace place) : IKeyWatch
    {
        private int _hasLeft;

        public async ValueTask<WakeUp> WaitAsync(CancellationToken cancellationToken)
        {
            if (place.Before is { } before)
            {
                await watch.WaitAsync(before, cancellationToken).ConfigureAwait(false);
            }

            return WakeUp.Changed;
        }

        public ValueTask DisposeAsync()
        {
            if (Interlocked.Exchange(ref _hasLeft, 1) == 0)
            {
                owner.Leave(key, watch);
            }

            return ValueTask.CompletedTask;
        }
    }
}
