using StackExchange.Redis;

namespace DistributedLocking.Redis.Connections;

/// <summary>Subscribes so that nothing published afterwards is missed.</summary>
internal static class AcknowledgedSubscription
{
    /// <summary>Subscribes, and returns when the server has acknowledged it.</summary>
    /// <exception cref="DistributedLockUnavailableException">There is no connection for subscriptions.</exception>
    internal static async Task SubscribeAsync(ISubscriber subscriber, RedisChannel channel, Action<RedisChannel, RedisValue> onMessage)
    {
        var acknowledged = subscriber.SubscribeAsync(channel, onMessage);
        if (acknowledged.IsCompletedSuccessfully)
        {
            // Nothing was sent, since the client has this channel already. Its subscription may not have reached the server yet, but a ping on the same
            // connection comes after it.
            await subscriber.PingAsync().ConfigureAwait(false);
        }

        await acknowledged.ConfigureAwait(false);
        if (subscriber.SubscribedEndpoint(channel) is null)
        {
            throw new DistributedLockUnavailableException("There is no connection to Redis for subscriptions.");
        }
    }
}
