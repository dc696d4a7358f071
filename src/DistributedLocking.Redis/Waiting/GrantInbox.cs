using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using DistributedLocking.Redis.Commands;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Fencing;
using DistributedLocking.Redis.Notifications;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Waiting;

/// <summary>
/// Where this process is told of grants: a channel of its own, to which it subscribes at its first wait and for good,
/// so that a wait costs no command for that. An owner waits for one lock only, as those of the engine do.
/// </summary>
internal sealed class GrantInbox : IDisposable
{
    private readonly ISubscriber _subscriber;
    private readonly RedisChannel _channel;
    private readonly TimeSpan _commandTimeout;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, QueuePlace> _places = new(StringComparer.Ordinal);
    private readonly object _lock = new();
    private readonly NewestTokens _seen;
    private readonly SubscriptionRights _rights;
    private readonly ReconnectSignal _reconnected;
    private Subscription? _subscription;

    /// <param name="multiplexer">The connection.</param>
    /// <param name="channelPrefix">
    /// What the client puts before the channels that it subscribes to; what a script publishes it does not see.
    /// </param>
    /// <param name="keyPrefix">
    /// What the channel's name starts with after that, so that rights can be given by prefix.
    /// </param>
    /// <param name="commandTimeout">How long to wait for the server.</param>
    /// <param name="time">The clock of the time-out.</param>
    /// <param name="logger">The provider's logger.</param>
    /// <param name="seen">Is told the tokens of grants.</param>
    internal GrantInbox(
        IConnectionMultiplexer multiplexer, byte[] channelPrefix, string keyPrefix, TimeSpan commandTimeout, TimeProvider time, ILogger logger, NewestTokens seen)
    {
        _subscriber = multiplexer.GetSubscriber();
        _commandTimeout = commandTimeout;
        _time = time;
        _logger = logger;
        _seen = seen;
        var name = Encoding.UTF8.GetBytes($"{keyPrefix}grants:{RandomNumberGenerator.GetHexString(16, lowercase: true)}");
        _channel = new RedisChannel(name, RedisChannel.PatternMode.Literal);
        Channel = [.. channelPrefix, .. name];
        _rights = new SubscriptionRights(commandTimeout, time, logger);
        _reconnected = new ReconnectSignal(multiplexer, WakeAll, commandTimeout, time, logger);
    }

    /// <summary>The channel's name, as a script has to say it.</summary>
    internal byte[] Channel { get; }

    /// <summary>Whether grants arrive.</summary>
    internal bool IsOpen => _subscription is { IsOpen: true };

    public void Dispose()
    {
        _reconnected.Dispose();
        _ = _subscription?.EndAsync(_logger);
    }

    /// <summary>Opens the inbox. False when the server can't be made to tell of grants, now at least.</summary>
    internal async ValueTask<bool> OpenAsync(CancellationToken cancellationToken)
    {
        if (IsOpen)
        {
            return true;
        }

        if (_rights.AreRefused)
        {
            return false;
        }

        var subscription = Subscribe();
        try
        {
            await subscription.WaitAsync(_commandTimeout, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (!RedisFault.IsCancellation(e, cancellationToken))
        {
            Forget(subscription);
            _rights.NoteFailure(e);
            return false;
        }
    }

    internal QueuePlace? Find(string ownerId) => _places.GetValueOrDefault(ownerId);

    /// <summary>From now on no grant to the owner is missed.</summary>
    internal QueuePlace Add(string ownerId, int bucket) => _places.GetOrAdd(ownerId, static (id, made) => new QueuePlace(made.Inbox, id, made.Bucket), (Inbox: this, Bucket: bucket));

    internal void Remove(QueuePlace place) => _places.TryRemove(KeyValuePair.Create(place.OwnerId, place));

    private Subscription Subscribe()
    {
        lock (_lock)
        {
            if (_subscription is { } shared)
            {
                return shared;
            }

            _subscription = new Subscription(_subscriber, _channel, OnMessage, _time);
            return _subscription;
        }
    }

    private void Forget(Subscription subscription)
    {
        lock (_lock)
        {
            if (_subscription == subscription)
            {
                _subscription = null;
            }
        }
    }

    private void OnMessage(RedisChannel channel, RedisValue message)
    {
        if ((string?)message is { } text && Grant.Parse(text) is { } grant && Find(grant.OwnerId) is { } place)
        {
            _seen.Note(place.Bucket, grant.Reply.FencingToken + grant.Reply.Tokens - 1);
            place.Tell(grant);
        }
    }

    private bool WakeAll()
    {
        foreach (var place in _places.Values)
        {
            place.Wake();
        }

        return _subscription is not null;
    }
}
