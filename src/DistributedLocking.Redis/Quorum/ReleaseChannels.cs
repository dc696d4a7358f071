using System.Collections.Concurrent;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Subscriptions;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Quorum;

/// <summary>Tells those who wait for a key when its release is published, or when that may have been missed.</summary>
internal sealed class ReleaseChannels : IDisposable
{
    private readonly TimeSpan _commandTimeout;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<Watch, bool> _watches = new();
    private readonly SubscriptionRefusal _refusal;
    private readonly ReconnectSignal _reconnected;

    internal ReleaseChannels(TimeSpan commandTimeout, TimeProvider time, ILogger logger)
    {
        _commandTimeout = commandTimeout;
        _time = time;
        _logger = logger;
        _refusal = new SubscriptionRefusal(commandTimeout, time, logger);
        _reconnected = new ReconnectSignal(SignalAll, commandTimeout, time, logger);
    }

    public void Dispose() => _reconnected.Dispose();

    /// <summary>Subscribes, and returns when the server has acknowledged it.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="lockName">The lock, whose name is that of the channel.</param>
    /// <param name="signal">
    /// Called, on the client's threads, at each release, and when one may have been missed.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What ends the watch; null when the server can't be made to notify.</returns>
    internal async ValueTask<IDisposable?> WatchAsync(RedisSession session, byte[] lockName, Action signal, CancellationToken cancellationToken)
    {
        if (!session.CanSubscribe || _refusal.IsKnown || !_reconnected.Follow(session.Multiplexer))
        {
            return null;
        }

        var channel = new RedisChannel(lockName, RedisChannel.PatternMode.Literal);
        var watch = new Watch(this, new Subscription(session.Multiplexer.GetSubscriber(), channel, (_, _) => signal(), _time), signal);
        _watches.TryAdd(watch, true);
        try
        {
            await watch.Subscription.WaitAsync(_commandTimeout, cancellationToken).ConfigureAwait(false);
            return watch;
        }
        catch (Exception e)
        {
            watch.Dispose();
            if (RedisErrors.IsCancellation(e, cancellationToken))
            {
                throw;
            }

            _refusal.NoteFailure(e);
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

    private sealed class Watch(ReleaseChannels owner, Subscription subscription, Action signal) : IDisposable
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
