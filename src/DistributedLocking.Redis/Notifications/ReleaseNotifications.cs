using DistributedLocking.Providers;
using DistributedLocking.Redis.Commands;
using DistributedLocking.Redis.Connections;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Notifications;

/// <summary>Wakes those who wait for a key when its release is published, or when that may have been missed.</summary>
internal sealed class ReleaseNotifications : IDisposable
{
    /// <summary>How long a watch waits for a connection that is being made: much longer than that takes, and shorter than polling would be noticed.</summary>
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromMilliseconds(500);

    private readonly IConnectionMultiplexer _multiplexer;
    private readonly ISubscriber _subscriber;
    private readonly byte[] _channelPrefix;
    private readonly TimeSpan _commandTimeout;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly object _lock = new();
    private readonly Dictionary<RedisChannel, ChannelSubscription> _subscriptions = [];
    private readonly SubscriptionRights _rights;
    private readonly ReconnectSignal _reconnected;
    private TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ReleaseNotifications(IConnectionMultiplexer multiplexer, byte[] channelPrefix, TimeSpan commandTimeout, TimeProvider time, ILogger logger)
    {
        _multiplexer = multiplexer;
        _subscriber = multiplexer.GetSubscriber();
        _channelPrefix = channelPrefix;
        _commandTimeout = commandTimeout;
        _time = time;
        _logger = logger;
        _rights = new SubscriptionRights(commandTimeout, time, logger);
        _reconnected = new ReconnectSignal(multiplexer, SignalAll, commandTimeout, time, logger);
        multiplexer.ConnectionRestored += OnConnectionRestored;
    }

    public void Dispose()
    {
        _reconnected.Dispose();
        _multiplexer.ConnectionRestored -= OnConnectionRestored;
    }

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
        await WaitConnectedAsync(channel, cancellationToken).ConfigureAwait(false);
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

    /// <summary>
    /// A client's connect may return before its connection for subscriptions is there; 1.x then drops what it is asked. Out of patience, the subscription
    /// is tried all the same, since its failure says why.
    /// </summary>
    private async ValueTask WaitConnectedAsync(RedisChannel channel, CancellationToken cancellationToken)
    {
        var start = _time.GetTimestamp();
        while (Volatile.Read(ref _connected) is var connected && !_subscriber.IsConnected(channel))
        {
            var patience = ConnectPatience - _time.GetElapsedTime(start);
            try
            {
                await connected.Task.WaitAsync(patience > TimeSpan.Zero ? patience : TimeSpan.Zero, _time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                return;
            }
        }
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

    // For those that wait for a connection that is being made.
    private void OnConnectionRestored(object? sender, ConnectionFailedEventArgs e) =>
        Interlocked.Exchange(ref _connected, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();

    private void SignalAll()
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
    }
}
