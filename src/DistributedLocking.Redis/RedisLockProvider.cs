using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Commands;
using DistributedLocking.Redis.Configuration;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Keys;
using DistributedLocking.Redis.Waiting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace DistributedLocking.Redis;

/// <summary>Locks on one Redis server (or a primary with replicas, or a Cluster): a string key with a time to live, guarded by scripts.</summary>
/// <remarks>Its methods reuse their state machines: they run once for every acquire and release.</remarks>
public sealed class RedisLockProvider : ILockProvider
{
    private readonly RedisConnection _connection;
    private readonly PendingReplies _replies;
    private readonly LockNames _names;
    private EncodedTime? _timeToLive;

    /// <summary>Makes a provider for code without dependency injection. Nothing is connected before the first operation.</summary>
    /// <param name="options">The options, which are copied.</param>
    /// <param name="loggerFactory">Where log entries go; null for nowhere.</param>
    /// <param name="timeProvider">The clock of the time-outs; null for the system's.</param>
    /// <param name="connection">The connection to use where the options name no server. It stays yours: it is not disposed here.</param>
    /// <exception cref="ArgumentException">Neither the options nor the connection name a server, or an option is wrong.</exception>
    public RedisLockProvider(
        RedisLockOptions options, ILoggerFactory? loggerFactory = null, TimeProvider? timeProvider = null, IConnectionMultiplexer? connection = null)
        : this(Checked(options, connection), Connect(options, connection, loggerFactory, timeProvider), timeProvider ?? TimeProvider.System)
    {
    }

    internal RedisLockProvider(RedisLockOptions options, RedisConnection connection, TimeProvider time)
    {
        _connection = connection;
        _replies = new PendingReplies(options.CommandTimeout, time);
        _names = new LockNames(options.KeyPrefix);
        Capabilities = LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Fencing
            | (options.UseNotifications ? LockProviderCapabilities.Notification | LockProviderCapabilities.Queue : LockProviderCapabilities.None);
    }

    /// <inheritdoc />
    public string Name => "redis";

    /// <inheritdoc />
    public LockProviderCapabilities Capabilities { get; }

    /// <inheritdoc />
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        if (request.Mode != LockMode.Exclusive)
        {
            throw new NotSupportedException($"The Redis provider knows no lock mode {request.Mode}.");
        }

        var session = _connection.Session ?? await _connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        var wantsPlace = request.StoreWait != TimeSpan.Zero && session.Inbox is not null;
        if (wantsPlace && session.Inbox!.IsOpen)
        {
            return await AskAsync(session, request, session.Inbox, cancellationToken).ConfigureAwait(false);
        }

        var reply = await AskAsync(session, request, inbox: null, cancellationToken).ConfigureAwait(false);
        return wantsPlace && !reply.IsGranted && await session.Inbox!.OpenAsync(cancellationToken).ConfigureAwait(false)
            ? await AskAsync(session, request, session.Inbox, cancellationToken).ConfigureAwait(false)
            : reply;
    }

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken)
    {
        // With a connection there is no await: all happens on the engine's thread.
        var session = _connection.Session ?? await _connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        return RenewalBatch.Run(session.Database, _names, batch, _replies.Timeout, cancellationToken);
    }

    /// <inheritdoc />
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken)
    {
        var session = _connection.Session ?? await _connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        return (long)await RunAsync(session, RedisScript.Release, Keys(lease.Key), [lease.OwnerId], cancellationToken).ConfigureAwait(false) == 1;
    }

    /// <inheritdoc />
    public async ValueTask<IKeyWatch?> WatchAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        var session = _connection.Session ?? await _connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        return session.Inbox?.Find(request.OwnerId);
    }

    /// <inheritdoc />
    public async ValueTask LeaveAsync(LeaseReference waiter, CancellationToken cancellationToken)
    {
        if (_connection.Session is { Inbox: { IsOpen: true } inbox } session)
        {
            if (inbox.Find(waiter.OwnerId) is { } place)
            {
                inbox.Remove(place);
            }

            await RunAsync(session, RedisScript.Release, Keys(waiter.Key), [waiter.OwnerId, inbox.Channel], cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>Rounded up, so that the store's lease never ends before the one that the engine counts.</summary>
    internal static long Milliseconds(TimeSpan time) => (time.Ticks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond;

    private static RedisLockOptions Checked(RedisLockOptions options, IConnectionMultiplexer? connection)
    {
        ArgumentNullException.ThrowIfNull(options);
        var result = new RedisLockOptionsValidator().Validate(Options.DefaultName, options);
        if (result.Failed)
        {
            throw new ArgumentException(result.FailureMessage, nameof(options));
        }

        if (connection is null && options is { Configuration: null, ConfigurationOptions: null })
        {
            throw new ArgumentException(
                $"{nameof(options.Configuration)} or {nameof(options.ConfigurationOptions)} must be set where no connection is given.", nameof(options));
        }

        return options;
    }

    private static RedisConnection Connect(
        RedisLockOptions options, IConnectionMultiplexer? connection, ILoggerFactory? loggerFactory, TimeProvider? timeProvider) =>
        new(
            options,
            options is { Configuration: null, ConfigurationOptions: null } ? connection : null,
            timeProvider ?? TimeProvider.System,
            (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger(Log.Category));

    /// <summary>The time to live as text. Most acquisitions of a lock have the same, which the client need not format again.</summary>
    private RedisValue Encoded(TimeSpan timeToLive)
    {
        if (_timeToLive is not { } last || last.Time != timeToLive)
        {
            var text = Milliseconds(timeToLive).ToString(CultureInfo.InvariantCulture);
            _timeToLive = last = new EncodedTime(timeToLive, Encoding.ASCII.GetBytes(text));
        }

        return last.Text;
    }

    private RedisKey[] Keys(string key)
    {
        var (name, fence, queue) = _names.For(key);
        return [name, fence, queue];
    }

    /// <summary>Tries to acquire, and takes a place in the queue if there is an inbox for its grant.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<AcquireReply> AskAsync(RedisSession session, AcquireRequest request, GrantInbox? inbox, CancellationToken cancellationToken)
    {
        var tokens = Math.Max(request.Tokens, 1);
        var place = inbox?.Find(request.OwnerId);
        RedisValue[] values =
            inbox is null ? [request.OwnerId, Encoded(request.TimeToLive), tokens]
            : place is null ? [request.OwnerId, Encoded(request.TimeToLive), tokens, inbox.Channel]
            : [request.OwnerId, Encoded(request.TimeToLive), tokens, inbox.Channel, true];

        // Before the request is sent, since the word of a grant may come before the answer. One that fails leaves its place to be given up.
        place ??= inbox?.Add(request.OwnerId);
        var result = (RedisValue)await RunAsync(session, RedisScript.Acquire, Keys(request.Key), values, cancellationToken).ConfigureAwait(false);
        if (place is not null)
        {
            if (!result.IsInteger && ((string)result!).Split(' ') is [var number, var left])
            {
                place.Keep(long.Parse(number, CultureInfo.InvariantCulture));
                return NotGranted(long.Parse(left, CultureInfo.InvariantCulture));
            }

            inbox!.Remove(place);
        }

        var reply = (long)result;
        return reply > 0 ? AcquireReply.Granted(reply, offer: null, tokens) : NotGranted(reply);
    }

    private static AcquireReply NotGranted(long reply) => reply == 0 ? AcquireReply.NotGranted() : AcquireReply.NotGranted(TimeSpan.FromMilliseconds(-1 - reply));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<RedisResult> RunAsync(
        RedisSession session, RedisScript script, RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken)
    {
        try
        {
            try
            {
                return await WaitAsync(session, script.SendHashAsync(session.Database, keys, values), cancellationToken).ConfigureAwait(false);
            }
            catch (RedisServerException e) when (RedisFault.IsUnknownScript(e))
            {
                return await WaitAsync(session, script.SendTextAsync(session.Database, keys, values), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (!RedisFault.IsCancellation(e, cancellationToken))
        {
            throw RedisFault.Translate(e);
        }
    }

    private ValueTask<RedisResult> WaitAsync(RedisSession session, Task<RedisResult> reply, CancellationToken cancellationToken) =>
        _replies.WaitAsync(reply, RedisSession.IsCompletedOnSharedThread(session, reply), cancellationToken);

    private sealed record EncodedTime(TimeSpan Time, byte[] Text);
}
