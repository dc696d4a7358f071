using DistributedLocking.Providers;

namespace DistributedLocking.FileSystem.Notification;

/// <summary>A watch on one lock file. Removals between two waits are remembered.</summary>
internal sealed class KeyWatch(ReleaseWatcher owner, string fileName) : IKeyWatch
{
    private readonly WakeUpLatch _latch = new();

    internal string FileName => fileName;

    public ValueTask<WakeUp> WaitAsync(CancellationToken cancellationToken) => _latch.WaitAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        owner.Remove(this);
        return ValueTask.CompletedTask;
    }

    internal void Signal() => _latch.Set();
}
