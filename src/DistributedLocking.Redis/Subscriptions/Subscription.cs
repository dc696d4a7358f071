using DistributedLocking.Redis.Connections;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Subscriptions;

/// <summary>
/// A subscription to a channel, whose acknowledgement many may wait for. Nothing that is published after that is
/// missed.
/// </summary>
internal sealed class Subscription
{
    private readonly ISubscriber _subscriber;
    private readonly RedisChannel _channel;
    private readonly Action<RedisChannel, RedisValue> _onMessage;
    private readonly TimeProvider _time;

    // Its continuations run elsewhere: the client's thread must not run the code of those who wait for a lock.
    private readonly TaskCompletionSource _acknowledged = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Subscription(ISubscriber subscriber, RedisChannel channel, Action<RedisChannel, RedisValue> onMessage, TimeProvider time)
    {
        _subscriber = subscriber;
        _channel = channel;
        _onMessage = onMessage;
        _time = time;

        // It reports to all who wait, and never throws.
        _ = SubscribeAsync();
    }

    internal bool IsOpen => _acknowledged.Task.IsCompletedSuccessfully;

    /// <summary>Ends when the server has acknowledged.</summary>
    internal Task WaitAsync(TimeSpan timeout, CancellationToken cancellationToken) => _acknowledged.Task.WaitAsync(timeout, _time, cancellationToken);

    /// <summary>Ends the subscription. It never throws.</summary>
    internal async Task EndAsync(ILogger logger)
    {
        try
        {
            await _subscriber.UnsubscribeAsync(_channel, _onMessage).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Log.UnsubscribeFailed(logger, RedisErrors.Translate(e).Message);
        }
    }

    private async Task SubscribeAsync()
    {
        try
        {
            var acknowledged = _subscriber.SubscribeAsync(_channel, _onMessage);
            if (acknowledged.IsCompletedSuccessfully)
            {
                // Nothing was sent, since the client has this channel already. Its subscription may not have reached
                // the server yet, but a ping on the same connection comes after it.
                await _subscriber.PingAsync().ConfigureAwait(false);
            }

            await acknowledged.ConfigureAwait(false);
            if (_subscriber.SubscribedEndpoint(_channel) is null)
            {
                throw new DistributedLockUnavailableException("There is no connection to Redis for subscriptions.");
            }

            _acknowledged.SetResult();
        }
        catch (Exception e)
        {
            _acknowledged.SetException(e);
            _ = _acknowledged.Task.Exception;
        }
    }
}
