using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Fencing;
using DistributedLocking.Redis.Subscriptions;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Queue;

/// <summary>
/// Where this process is told of grants: a channel of its own, to which it subscribes at its first wait and for good,
/// so that a wait costs no command for that. An owner waits for one lock only, as those of the engine do.
/// </summary>
internal sealed class GrantInbox : IDisposable
{
    private readonly byte[] _name;
    private readonly TimeSpan _commandTimeout;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, QueuePlace> _places = new(StringComparer.Ordinal);
    private readonly object _lock = new();
    private readonly NewestTokens _seen;
    private readonly SubscriptionRefusal _refusal;
    private readonly ReconnectSignal _reconnected;
    private Subscription? _subscription;

    /// <param name="keyPrefix">
    /// What the channel's name starts with, after the client's own prefix, so that rights can be given by prefix.
    /// </param>
    /// <param name="commandTimeout">How long to wait for the server.</param>
    /// <param name="time">The clock of the time-out.</param>
    /// <param name="logger">The provider's logger.</param>
    /// <param name="seen">Is told the tokens of grants.</param>
    internal GrantInbox(string keyPrefix, TimeSpan commandTimeout, TimeProvider time, ILogger logger, NewestTokens seen)
    {
        _commandTimeout = commandTimeout;
        _time = time;
        _logger = logger;
        _seen = seen;
        Channel = _name = Encoding.UTF8.GetBytes($"{keyPrefix}grants:{RandomNumberGenerator.GetHexString(16, lowercase: true)}");
        _refusal = new SubscriptionRefusal(commandTimeout, time, logger);
        _reconnected = new ReconnectSignal(WakeAll, commandTimeout, time, logger);
    }

    /// <summary>The channel's name, as a script has to say it: with the client's own prefix, once it is open.</summary>
    internal byte[] Channel { get; private set; }

    /// <summary>Whether grants arrive.</summary>
    internal bool IsOpen => _subscription is { IsOpen: true };

    public void Dispose()
    {
        lock (_lock)
        {
            _reconnected.Dispose();
        }

        _ = _subscription?.EndAsync(_logger);
    }

    /// <summary>Opens the inbox. False when the server can't be made to tell of grants, now at least.</summary>
    internal async ValueTask<bool> OpenAsync(RedisSession session, CancellationToken cancellationToken)
    {
        if (IsOpen)
        {
            return true;
        }

        if (!session.CanSubscribe || _refusal.IsKnown || Subscribe(session) is not { } subscription)
        {
            return false;
        }

        try
        {
            await subscription.WaitAsync(_commandTimeout, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (!RedisErrors.IsCancellation(e, cancellationToken))
        {
            Forget(subscription);
            _refusal.NoteFailure(e);
            return false;
        }
    }

    internal QueuePlace? Find(string ownerId) => _places.GetValueOrDefault(ownerId);

    /// <summary>From now on no grant to the owner is missed.</summary>
    internal QueuePlace Add(string ownerId, int bucket) => _places.GetOrAdd(ownerId, static (id, made) => new QueuePlace(made.Inbox, id, made.Bucket), (Inbox: this, Bucket: bucket));

    internal void Remove(QueuePlace place) => _places.TryRemove(KeyValuePair.Create(place.OwnerId, place));

    private Subscription? Subscribe(RedisSession session)
    {
        lock (_lock)
        {
            if (!_reconnected.Follow(session.Multiplexer))
            {
                return null;
            }

            Channel = session.Published(_name);
            return _subscription ??= new Subscription(
                session.Multiplexer.GetSubscriber(), new RedisChannel(_name, RedisChannel.PatternMode.Literal), OnMessage, _time);
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
        if ((string?)message is { } text && GrantMessage.Parse(text) is { } grant && Find(grant.OwnerId) is { } place)
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
