using DistributedLocking.Providers;

namespace DistributedLocking.Redis.Notifications;

/// <summary>One waiter's watch on a channel.</summary>
internal sealed class KeyWatch(ReleaseNotifications owner, ChannelSubscription subscription) : IKeyWatch
{
    private readonly WakeUpLatch _latch = new();
    private int _disposed;

    public ValueTask<WakeUp> WaitAsync(CancellationToken cancellationToken) => _latch.WaitAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            owner.Remove(subscription, this);
        }

        return ValueTask.CompletedTask;
    }

    internal void Signal() => _latch.Set();
}
