using DistributedLocking.Providers;

namespace DistributedLocking.InMemory;

/// <summary>Remembers that a key was released.</summary>
internal sealed class InMemoryKeyWatch(InMemoryLockStore store, string key) : IKeyWatch
{
    private readonly WakeUpLatch _latch = new();

    internal string Key { get; } = key;

    public ValueTask<WakeUp> WaitAsync(CancellationToken cancellationToken) => _latch.WaitAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        store.Unwatch(this);
        return ValueTask.CompletedTask;
    }

    internal void Signal() => _latch.Set();
}
