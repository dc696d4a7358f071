using System.Collections.Concurrent;
using DistributedLocking.Redis.Commands;
using DistributedLocking.Redis.Connections;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Notifications;

/// <summary>Tells those who wait for a key when its release is published, or when that may have been missed.</summary>
internal sealed class ReleaseNotifications : IDisposable
{
    private readonly ISubscriber _subscriber;
    private readonly byte[] _channelPrefix;
    private readonly TimeSpan _commandTimeout;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<Watch, bool> _watches = new();
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

    /// <summary>Subscribes, and returns when the server has acknowledged it.</summary>
    /// <param name="lockName">The lock, whose name is that of the channel.</param>
    /// <param name="signal">
    /// Called, on the client's threads, at each release, and when one may have been missed.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What ends the watch; null when the server can't be made to notify.</returns>
    internal async ValueTask<IDisposable?> WatchAsync(byte[] lockName, Action signal, CancellationToken cancellationToken)
    {
        if (_rights.AreRefused)
        {
            return null;
        }

        var channel = new RedisChannel(lockName, RedisChannel.PatternMode.Literal);
        var watch = new Watch(this, new Subscription(_subscriber, channel, (_, _) => signal(), _time), signal);
        _watches.TryAdd(watch, true);
        try
        {
            await watch.Subscription.WaitAsync(_commandTimeout, cancellationToken).ConfigureAwait(false);
            return watch;
        }
        catch (Exception e)
        {
            watch.Dispose();
            if (RedisFault.IsCancellation(e, cancellationToken))
            {
                throw;
            }

            _rights.NoteFailure(e);
            return null;
        }
    }

    private bool SignalAll()
    {
        foreach (var (watch, _) in _watches)
        {
            watch.Signal();
        }

        return !_watches.IsEmpty;
    }

    private sealed class Watch(ReleaseNotifications owner, Subscription subscription, Action signal) : IDisposable
    {
        internal Subscription Subscription => subscription;

        internal Action Signal => signal;

        public void Dispose()
        {
            if (owner._watches.TryRemove(this, out _))
            {
                _ = subscription.EndAsync(owner._logger);
            }
        }
    }
}
