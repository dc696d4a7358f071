using System.Collections.Immutable;
using DistributedLocking.Redis.Connections;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Notifications;

/// <summary>The one subscription to a channel that all watches of its key share.</summary>
internal sealed class ChannelSubscription
{
    private readonly ISubscriber _subscriber;

    // Its continuations run elsewhere: the client's thread must not run the code of those who wait for a lock.
    private readonly TaskCompletionSource _acknowledged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _started;
    private ImmutableArray<KeyWatch> _watches = [];

    internal ChannelSubscription(ISubscriber subscriber, RedisChannel channel)
    {
        _subscriber = subscriber;
        Channel = channel;
    }

    internal RedisChannel Channel { get; }

    internal bool IsUnused => _watches.IsEmpty;

    /// <summary>Ends when the server has acknowledged. The first call subscribes.</summary>
    internal Task WaitAcknowledgedAsync(TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _started, 1) == 0)
        {
            // It reports to all who wait, and never throws.
            _ = SubscribeAsync();
        }

        return _acknowledged.Task.WaitAsync(timeout, time, cancellationToken);
    }

    /// <summary>The caller holds the lock that guards all subscriptions; <see cref="Signal"/> does not.</summary>
    internal void Add(KeyWatch watch) => _watches = _watches.Add(watch);

    /// <inheritdoc cref="Add"/>
    internal void Remove(KeyWatch watch) => _watches = _watches.Remove(watch);

    internal void Signal()
    {
        foreach (var watch in _watches)
        {
            watch.Signal();
        }
    }

    internal Task UnsubscribeAsync() => _subscriber.UnsubscribeAsync(Channel, OnMessage);

    private async Task SubscribeAsync()
    {
        try
        {
            await AcknowledgedSubscription.SubscribeAsync(_subscriber, Channel, OnMessage).ConfigureAwait(false);
            _acknowledged.SetResult();
        }
        catch (Exception e)
        {
            _acknowledged.SetException(e);
            _ = _acknowledged.Task.Exception;
        }
    }

    private void OnMessage(RedisChannel channel, RedisValue message) => Signal();
}
