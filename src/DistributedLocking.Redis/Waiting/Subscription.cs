using DistributedLocking.Redis.Connections;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Waiting;

/// <summary>One subscription, which many may wait for.</summary>
internal sealed class Subscription
{
    private readonly ISubscriber _subscriber;
    private readonly RedisChannel _channel;
    private readonly TimeProvider _time;

    // Its continuations run elsewhere: the client's thread must not run the code of those who wait for a lock.
    private readonly TaskCompletionSource _acknowledged = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Subscription(ISubscriber subscriber, RedisChannel channel, Action<RedisChannel, RedisValue> onMessage, TimeProvider time)
    {
        _subscriber = subscriber;
        _channel = channel;
        _time = time;

        // It reports to all who wait, and never throws.
        _ = SubscribeAsync(onMessage);
    }

    internal bool IsOpen => _acknowledged.Task.IsCompletedSuccessfully;

    /// <summary>Ends when the server has acknowledged.</summary>
    internal Task WaitAsync(TimeSpan timeout, CancellationToken cancellationToken) => _acknowledged.Task.WaitAsync(timeout, _time, cancellationToken);

    private async Task SubscribeAsync(Action<RedisChannel, RedisValue> onMessage)
    {
        try
        {
            await AcknowledgedSubscription.SubscribeAsync(_subscriber, _channel, onMessage).ConfigureAwait(false);
            _acknowledged.SetResult();
        }
        catch (Exception e)
        {
            _acknowledged.SetException(e);
            _ = _acknowledged.Task.Exception;
        }
    }
}
