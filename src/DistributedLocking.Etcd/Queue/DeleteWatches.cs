using DistributedLocking.Etcd.Connections;
using DistributedLocking.Etcd.Keys;
using DistributedLocking.Providers;

namespace DistributedLocking.Etcd.Queue;

/// <summary>The watches of the process, one for each lock that is waited for.</summary>
internal sealed class DeleteWatches(EtcdConnection connection, LockNames names)
{
    private readonly Dictionary<(string Key, LockMode Mode), DeleteWatch> _byKey = [];

    /// <summary>Waits for whoever is before a place in the queue.</summary>
    internal IKeyWatch Watch(string key, LockMode mode, QueuePlace place)
    {
        var id = (key, mode);
        lock (_byKey)
        {
            if (!_byKey.TryGetValue(id, out var watch) || !watch.TryUse())
            {
                _byKey[id] = watch = new DeleteWatch(connection.Member.WatchStream(), names.All(key, mode));
                watch.TryUse();
            }

            return new PlaceWatch(this, id, watch, place);
        }
    }

    private void Leave((string Key, LockMode Mode) id, DeleteWatch watch)
    {
        lock (_byKey)
        {
            if (watch.Leave() && _byKey.TryGetValue(id, out var current) && current == watch)
            {
                _byKey.Remove(id);
            }
        }
    }

    private sealed class PlaceWatch(DeleteWatches owner, (string Key, LockMode Mode) id, DeleteWatch watch, QueuePlace place) : IKeyWatch
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
                owner.Leave(id, watch);
            }

            return ValueTask.CompletedTask;
        }
    }
}
