using StackExchange.Redis;

namespace DistributedLocking.Redis.Connections;

/// <summary>The client's connection for subscriptions. A client's connect may return before that is there.</summary>
internal static class SubscriptionConnection
{
    /// <summary>How long to wait for a connection that is being made: much longer than that takes, and shorter than polling would be noticed.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <summary>Waits until it is there, or patience is over: a subscription is tried all the same then, since its failure says why.</summary>
    internal static async ValueTask WaitAsync(
        IConnectionMultiplexer multiplexer, ISubscriber subscriber, RedisChannel channel, TimeProvider time, CancellationToken cancellationToken)
    {
        if (subscriber.IsConnected(channel))
        {
            return;
        }

        var connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void OnRestored(object? sender, ConnectionFailedEventArgs e)
        {
            if (subscriber.IsConnected(channel))
            {
                connected.TrySetResult();
            }
        }

        multiplexer.ConnectionRestored += OnRestored;
        try
        {
            if (!subscriber.IsConnected(channel))
            {
                await connected.Task.WaitAsync(Patience, time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (TimeoutException)
        {
            // The subscription finds out.
        }
        finally
        {
            multiplexer.ConnectionRestored -= OnRestored;
        }
    }
}
