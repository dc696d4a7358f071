using DistributedLocking.Providers;

namespace DistributedLocking.InMemory;

/// <summary>An owner's place in a key's queue, and the watch for its grant. Guarded by the store.</summary>
internal sealed class InMemoryPlace(InMemoryLockStore store, string key, string ownerId) : IKeyWatch
{
    private readonly WakeUpLatch _latch = new();

    internal string Key { get; } = key;

    internal string OwnerId { get; } = ownerId;

    internal int Limit { get; set; }

    /// <summary>When the owner last asked for the key.</summary>
    internal long AskedAt { get; set; }

    /// <summary>Whether it is in the queue; not any more when it was granted the key, or was silent for long.</summary>
    internal bool IsQueued { get; set; }

    /// <summary>What was granted, until the owner takes it or asks again.</summary>
    internal AcquireReply? Grant { get; set; }

    /// <summary>The owner was granted the key, or has to ask again.</summary>
    internal void Wake() => _latch.Set();

    public async ValueTask<WakeUp> WaitAsync(CancellationToken cancellationToken)
    {
        await _latch.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new WakeUp(store.TakeGrant(this));
    }

    public ValueTask DisposeAsync()
    {
        store.EndWatch(this);
        return ValueTask.CompletedTask;
    }
}
