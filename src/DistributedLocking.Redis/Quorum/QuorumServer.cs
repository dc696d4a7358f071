using DistributedLocking.Providers;
using DistributedLocking.Redis.Calls;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Keys;
using DistributedLocking.Redis.Scripts;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Quorum;

/// <summary>One of a quorum's servers: what can be asked of it, each within the time-out of a try.</summary>
internal sealed class QuorumServer : IAsyncDisposable
{
    private readonly RedisConnection _connection;
    private readonly ScriptRunner _scripts;
    private readonly LockNames _names;
    private readonly ReleaseChannels? _channels;
    private readonly UnconfirmedReleases _undone;
    private readonly UnconfirmedReleases _released;

    internal QuorumServer(RedisConnection connection, ScriptRunner scripts, LockNames names, ReleaseChannels? channels, TimeProvider time)
    {
        _connection = connection;
        _scripts = scripts;
        _names = names;
        _channels = channels;
        _undone = new UnconfirmedReleases((lease, cancellationToken) => ReleaseAsync(lease, publish: false, cancellationToken), time);
        _released = new UnconfirmedReleases((lease, cancellationToken) => ReleaseAsync(lease, publish: true, cancellationToken), time);
    }

    /// <summary>Makes one of those that options name.</summary>
    internal static QuorumServer Create(
        RedisLockOptions options, string? configuration, IConnectionMultiplexer? given, LockNames names, TimeProvider time, ILogger logger, ILoggerFactory? clientLog)
    {
        var single = new RedisLockOptions
        {
            Configuration = configuration,
            Database = options.Database,
            CommandTimeout = options.ServerTimeout,
            TimeoutName = nameof(options.ServerTimeout),
            UseNotifications = options.UseNotifications,
            RevealKeys = options.RevealKeys,
        };
        var connection = new RedisConnection(single, given, time, logger, clientLog);
        var scripts = new ScriptRunner(options.ServerTimeout, time, single.TimeoutName, connection.Outage);
        var channels = options.UseNotifications ? new ReleaseChannels(options.ServerTimeout, time, logger) : null;
        return new QuorumServer(connection, scripts, names, channels, time);
    }

    internal ScriptRunner Scripts => _scripts;

    /// <summary>The connection if there is one already.</summary>
    internal RedisSession? Session => _connection.Session;

    /// <summary>The connection, which is made if need be.</summary>
    internal ValueTask<RedisSession> OpenSessionAsync(CancellationToken cancellationToken) => _connection.OpenAsync(cancellationToken);

    /// <summary>Connects if need be, which may fail.</summary>
    internal async Task<bool> OpenAsync()
    {
        try
        {
            return await _connection.OpenAsync(CancellationToken.None).ConfigureAwait(false) is not null;
        }
        catch (DistributedLockUnavailableException)
        {
            return false;
        }
    }

    /// <summary>Asks for the server's vote. It never throws.</summary>
    internal async Task<ServerVote> TryAcquireAsync(AcquireRequest request, SendGate gate)
    {
        try
        {
            if (_undone.Contains(new LeaseReference(request.Key, request.OwnerId) { Mode = request.Mode }))
            {
                // The undoing of the owner's last vote would undo this one too.
                return ServerVote.Failed(new DistributedLockUnavailableException("The server has not confirmed yet that this owner's last attempt is undone."));
            }

            var session = await _connection.OpenAsync(CancellationToken.None).ConfigureAwait(false);
            return request.Mode == LockMode.Exclusive
                ? await VoteAsync(session, request, gate).ConfigureAwait(false)
                : await VoteSharedAsync(session, request, gate).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            return ServerVote.Failed(e);
        }
    }

    /// <summary>Makes the server's fencing mark at least this token.</summary>
    /// <returns>Whether that is confirmed. It never throws.</returns>
    internal async Task<bool> TryRaiseMarkAsync(string key, long token)
    {
        try
        {
            var session = await _connection.OpenAsync(CancellationToken.None).ConfigureAwait(false);
            return await _scripts.RunBooleanAsync(session, RedisScript.RaiseMark, [_names.For(key).Fence], [token], CancellationToken.None).ConfigureAwait(false);
        }
        catch (DistributedLockUnavailableException)
        {
            return false;
        }
    }

    /// <summary>
    /// Releases, and keeps trying in the background when the server does not answer. It never throws.
    /// </summary>
    /// <param name="lease">The lease.</param>
    /// <param name="timeToLive">When it has surely ended by itself.</param>
    internal async Task<ReleaseVote> TryReleaseAsync(LeaseReference lease, TimeSpan timeToLive)
    {
        try
        {
            return new ReleaseVote(await ReleaseAsync(lease, publish: true, CancellationToken.None).ConfigureAwait(false), null);
        }
        catch (Exception e)
        {
            _released.AddLater(lease, timeToLive);
            return new ReleaseVote(null, e);
        }
    }

    /// <summary>
    /// Takes back a vote, in the background for as long as it takes. Nobody is woken: those who were refused because of
    /// it try again by themselves.
    /// </summary>
    /// <returns>A task that ends with the first answer, or when it did not come in time.</returns>
    internal Task UndoAsync(LeaseReference lease, TimeSpan timeToLive, bool isCertain) => _undone.AddAsync(lease, timeToLive, isCertain);

    /// <summary>Watches a key for releases.</summary>
    /// <param name="name">The name of the lock.</param>
    /// <param name="signal">
    /// Called, on the client's threads, at each release, and when one may have been missed.
    /// </param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>What ends the watch, or null when the server can't notify now. It never throws.</returns>
    internal async Task<IDisposable?> TryWatchAsync(byte[] name, Action signal, CancellationToken cancellationToken)
    {
        if (_channels is not { } channels)
        {
            return null;
        }

        try
        {
            var session = await _connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return await channels.WatchAsync(session, name, signal, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await FlushAsync().ConfigureAwait(false);
        await _undone.DisposeAsync().ConfigureAwait(false);
        await _released.DisposeAsync().ConfigureAwait(false);
        _channels?.Dispose();
        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Waits for an answer to anything: what was sent before it, such as a release that its caller did not wait for,
    /// has then been done.
    /// </summary>
    private async Task FlushAsync()
    {
        if (_connection.Session is not null)
        {
            await TryRaiseMarkAsync("", 0).ConfigureAwait(false);
        }
    }

    // The others may decide before "no such script" comes back, and nothing is sent any more then.
    private async Task<ServerVote> VoteAsync(RedisSession session, AcquireRequest request, SendGate gate)
    {
        var keys = _names.For(request.Key);
        RedisValue[] values = [request.OwnerId, RedisTime.Milliseconds(request.TimeToLive)];
        return ServerVote.Read(
            await _scripts.RunAsync(session, RedisScript.AcquireVote, [keys.Lock, keys.Fence], values, CancellationToken.None, gate, isOnlyChance: true).ConfigureAwait(false));
    }

    private async Task<ServerVote> VoteSharedAsync(RedisSession session, AcquireRequest request, SendGate gate)
    {
        var keys = _names.For(request.Key, request.Mode).All;
        RedisValue[] values = [request.OwnerId, RedisTime.Milliseconds(request.TimeToLive), request.Limit];
        if (request.StoreWait != TimeSpan.Zero)
        {
            values = [.. values, true];
        }

        return ServerVote.Read(
            await _scripts.RunAsync(session, RedisScript.AcquireSharedVote, keys, values, CancellationToken.None, gate, isOnlyChance: true).ConfigureAwait(false));
    }

    private async ValueTask<bool> ReleaseAsync(LeaseReference lease, bool publish, CancellationToken cancellationToken)
    {
        var session = await _connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        var keys = _names.For(lease.Key, lease.Mode);
        var isShared = lease.Mode != LockMode.Exclusive;
        RedisValue[] values = publish && _channels is not null && session.CanSubscribe ? [lease.OwnerId, session.Published(keys.Lock)]
            : publish && isShared ? [lease.OwnerId, ""]
            : [lease.OwnerId];
        return await _scripts.RunBooleanAsync(
            session, isShared ? RedisScript.ReleaseSharedVote : RedisScript.ReleaseVote, isShared ? keys.All : [keys.Lock], values, cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>One server's answer to a release.</summary>
/// <param name="WasHeld">Whether the owner held the lock there; null when that is unknown.</param>
/// <param name="Error">Why it is unknown.</param>
internal readonly record struct ReleaseVote(bool? WasHeld, Exception? Error);
