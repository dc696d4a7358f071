using DistributedLocking.Providers;

namespace DistributedLocking.PostgreSql.Notifications;

/// <summary>One waiter's watch on a key.</summary>
internal sealed class ReleaseWatch(ReleaseListener owner, string payload) : IKeyWatch
{
    internal string Payload => payload;

    internal WakeUpLatch Latch { get; } = new();

    public ValueTask<WakeUp> WaitAsync(CancellationToken cancellationToken) => Latch.WaitAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        owner.Remove(this);
        return ValueTask.CompletedTask;
    }
}
