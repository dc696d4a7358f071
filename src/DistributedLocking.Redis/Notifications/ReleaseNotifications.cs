using DistributedLocking.Providers;
using DistributedLocking.Redis.Commands;
using DistributedLocking.Redis.Connections;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Notifications;

/// <summary>Wakes those who wait for a key when its release is published, or when that may have been missed.</summary>
internal sealed class ReleaseNotifications : IDisposable
{
    private readonly ISubscriber _subscriber;
    private readonly byte[] _channelPrefix;
    private readonly TimeSpan _commandTimeout;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly object _lock = new();
    private readonly Dictionary<RedisChannel, ChannelSubscription> _subscriptions = [];
    private readonly SubscriptionRights _rights;
    private readonly ReconnectSignal _reconnected;

    internal ReleaseNotifications(IConnectionMultiplexer multiplexer, byte[] channelPrefix, TimeSpan commandTimeout, TimeProvider time, ILogger logger)
    {
        _subscriber = multiplexer.GetSubscriber();
        _channelPrefix = channelPrefix;
        _commandTimeout = commandTimeout;
        _time = time;
        _logger = logger;
        _rights = new SubscriptionRights(commandTimeout, time, logger);
        _reconnected = new ReconnectSignal(multiplexer, SignalAll, commandTimeout, time, logger);
    }

    public void Dispose() => _reconnected.Dispose();

    /// <summary>The channel as a script has to name it, which is not subject to the client's prefix.</summary>
    internal byte[] PublishedChannel(byte[] lockName) => _channelPrefix.Length == 0 ? lockName : [.. _channelPrefix, .. lockName];

    /// <summary>Subscribes, and returns when the server has acknowledged it; null when the server can't be made to notify.</summary>
    internal async ValueTask<IKeyWatch?> WatchAsync(byte[] lockName, CancellationToken cancellationToken)
    {
        if (_rights.AreRefused)
        {
            return null;
        }

        var channel = new RedisChannel(lockName, RedisChannel.PatternMode.Literal);
        var watch = Add(channel, out var subscription);
        try
        {
            await subscription.WaitAcknowledgedAsync(_commandTimeout, _time, cancellationToken).ConfigureAwait(false);
            return watch;
        }
        catch (Exception e)
        {
            await watch.DisposeAsync().ConfigureAwait(false);
            if (RedisFault.IsCancellation(e, cancellationToken))
            {
                throw;
            }

            _rights.NoteFailure(e);
            return null;
        }
    }

    internal void Remove(ChannelSubscription subscription, KeyWatch watch)
    {
        lock (_lock)
        {
            subscription.Remove(watch);
            if (!subscription.IsUnused)
            {
                return;
            }

            _subscriptions.Remove(subscription.Channel);
        }

        _ = UnsubscribeAsync(subscription);
    }

    private KeyWatch Add(RedisChannel channel, out ChannelSubscription subscription)
    {
        lock (_lock)
        {
            if (!_subscriptions.TryGetValue(channel, out subscription!))
            {
                subscription = new ChannelSubscription(_subscriber, channel);
                _subscriptions.Add(channel, subscription);
            }

            var watch = new KeyWatch(this, subscription);
            subscription.Add(watch);
            return watch;
        }
    }

    private async Task UnsubscribeAsync(ChannelSubscription subscription)
    {
        try
        {
            await subscription.UnsubscribeAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Log.UnsubscribeFailed(_logger, RedisFault.Translate(e).Message);
        }
    }

    private bool SignalAll()
    {
        ChannelSubscription[] all;
        lock (_lock)
        {
            all = [.. _subscriptions.Values];
        }

        foreach (var subscription in all)
        {
            subscription.Signal();
        }

        return all.Length > 0;
    }
}
