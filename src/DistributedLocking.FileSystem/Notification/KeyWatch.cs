using DistributedLocking.Providers;

namespace DistributedLocking.FileSystem.Notification;

/// <summary>A watch on the lock files of a key. Removals between two waits are remembered.</summary>
internal sealed class KeyWatch(ReleaseWatcher owner, IReadOnlyList<string> fileNames) : IKeyWatch
{
    private readonly WakeUpLatch _latch = new();

    internal IReadOnlyList<string> FileNames => fileNames;

    public ValueTask<WakeUp> WaitAsync(CancellationToken cancellationToken) => _latch.WaitAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        owner.Remove(this);
        return ValueTask.CompletedTask;
    }

    internal void Signal() => _latch.Set();
}
