using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Commands;
using DistributedLocking.Redis.Configuration;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Keys;
using DistributedLocking.Redis.Replicas;
using DistributedLocking.Redis.Waiting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace DistributedLocking.Redis;

/// <summary>
/// Locks on one Redis server (or a primary with replicas, or a Cluster): a string key with a time to live, guarded by
/// scripts. Reader-writer locks and semaphores: a sorted set of holders.
/// </summary>
/// <remarks>Its methods reuse their state machines: they run once for every acquire and release.</remarks>
public sealed class RedisLockProvider : ILockProvider
{
    private readonly RedisConnection _connection;
    private readonly ScriptCaller _scripts;
    private readonly BatchedCalls _calls;
    private readonly LockNames _names;
    private readonly ReplicatedCalls? _replicas;
    private readonly RenewalThread _renewals = new();
    private EncodedTime? _timeToLive;

    /// <summary>
    /// Makes a provider for code without dependency injection. Nothing is connected before the first operation.
    /// </summary>
    /// <param name="options">The options, which are copied.</param>
    /// <param name="loggerFactory">Where log entries go; null for nowhere.</param>
    /// <param name="timeProvider">The clock of the time-outs; null for the system's.</param>
    /// <param name="connection">
    /// The connection to use where the options name no server. It stays yours: it is not disposed here.
    /// </param>
    /// <exception cref="ArgumentException">
    /// Neither the options nor the connection name a server, or an option is wrong.
    /// </exception>
    public RedisLockProvider(
        RedisLockOptions options, ILoggerFactory? loggerFactory = null, TimeProvider? timeProvider = null, IConnectionMultiplexer? connection = null)
        : this(options, loggerFactory, timeProvider, connection, BatchedCalls.MostAlone)
    {
    }

    internal RedisLockProvider(
        RedisLockOptions options, ILoggerFactory? loggerFactory, TimeProvider? timeProvider, IConnectionMultiplexer? connection, int mostAlone)
        : this(Checked(options, connection), Connect(options, connection, loggerFactory, timeProvider), timeProvider ?? TimeProvider.System, mostAlone)
    {
    }

    internal RedisLockProvider(RedisLockOptions options, RedisConnection connection, TimeProvider time, int mostAlone)
    {
        _connection = connection;
        _scripts = new ScriptCaller(options.CommandTimeout, time, outage: connection.Outage);
        _calls = new BatchedCalls(_scripts, mostAlone);
        _names = new LockNames(options.KeyPrefix);
        _replicas = options.MinReplicas > 0 ? new ReplicatedCalls(connection, options, time) : null;
        Capabilities = LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Fencing | LockProviderCapabilities.Shared
            | LockProviderCapabilities.Counted

            // Grants that wait for replicas go over a connection of their own, and may overtake a release.
            | (_replicas is null ? LockProviderCapabilities.Ordered : LockProviderCapabilities.None)
            | (options.UseNotifications ? LockProviderCapabilities.Notification | LockProviderCapabilities.Queue : LockProviderCapabilities.None);
    }

    /// <inheritdoc />
    public string Name => "redis";

    /// <inheritdoc />
    public LockProviderCapabilities Capabilities { get; }

    /// <inheritdoc />
    public ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken) =>
        _connection.Session is { } session ? AskAsync(session, request, cancellationToken) : OpenAndAskAsync(request, cancellationToken);

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken)
    {
        var replies = new RenewalReply[batch.Count];
        var round = await SendRenewalsAsync(batch, (index, reply) => replies[index] = reply, cancellationToken).ConfigureAwait(false);
        RenewalThread.Wait(round);
        await round.EndAsync().ConfigureAwait(false);
        return replies;
    }

    async ValueTask ILockProvider.RenewEachAsync(IReadOnlyList<RenewalRequest> batch, Action<int, RenewalReply> onReply, CancellationToken cancellationToken)
    {
        var round = await SendRenewalsAsync(batch, onReply, cancellationToken).ConfigureAwait(false);
        _renewals.Add(round);
        await round.EndAsync().ConfigureAwait(false);
    }

    /// <inheritdoc />
    public ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken) =>
        _connection.Session is { } session ? ReleaseAsync(session, lease, [lease.OwnerId], cancellationToken) : OpenAndReleaseAsync(lease, cancellationToken);

    /// <inheritdoc />
    public async ValueTask<IKeyWatch?> WatchAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        var session = _connection.Session ?? await _connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        var place = session.Inbox?.Find(request.OwnerId);
        return place is null || _replicas is null ? place : new UnconfirmedGrantWatch(place);
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

            RedisValue[] values = [waiter.OwnerId, inbox.Channel];
            await ReleaseAsync(session, waiter, values, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _renewals.Dispose();
        await _connection.DisposeAsync().ConfigureAwait(false);
        if (_replicas is not null)
        {
            await _replicas.DisposeAsync().ConfigureAwait(false);
        }
    }

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

        if (options.IsQuorum)
        {
            throw new ArgumentException(
                $"{nameof(RedisLockOptions)}.{nameof(options.Servers)} or {nameof(options.ServerConnections)} name several servers, which is for {nameof(RedisQuorumLockProvider)}.", nameof(options));
        }

        if (connection is null && options.IsUnnamed)
        {
            throw new ArgumentException(
                $"{nameof(RedisLockOptions)}.{nameof(options.Configuration)} or {nameof(options.ConfigurationOptions)} must be set where no connection is given.", nameof(options));
        }

        return options;
    }

    private static RedisConnection Connect(
        RedisLockOptions options, IConnectionMultiplexer? connection, ILoggerFactory? loggerFactory, TimeProvider? timeProvider) =>
        new(
            options,
            options.IsUnnamed ? connection : null,
            timeProvider ?? TimeProvider.System,
            LockProviderLogger.Create(loggerFactory, Log.Category),
            loggerFactory);

    private static AcquireReply Granted(RedisSession session, int bucket, long token, int tokens)
    {
        session.Seen.Note(bucket, token + tokens - 1);
        return AcquireReply.Granted(token, offer: null, tokens);
    }

    private static AcquireReply NotGranted(long reply) => reply == 0 ? AcquireReply.NotGranted() : AcquireReply.NotGranted(TimeSpan.FromMilliseconds(-1 - reply));

    /// <summary>Sends renewals. With a connection there is no await: that happens on the engine's thread.</summary>
    private async ValueTask<RenewalRound> SendRenewalsAsync(
        IReadOnlyList<RenewalRequest> batch, Action<int, RenewalReply> onReply, CancellationToken cancellationToken)
    {
        if (_replicas is not null)
        {
            return await _replicas.RenewAsync(_names, batch, onReply, cancellationToken).ConfigureAwait(false);
        }

        var session = _connection.Session ?? await _connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        return new RenewalBatch(session, _names, batch, _scripts.Timeout, onReply, cancellationToken);
    }

    private async ValueTask<bool> OpenAndReleaseAsync(LeaseReference lease, CancellationToken cancellationToken) =>
        await ReleaseAsync(await _connection.OpenAsync(cancellationToken).ConfigureAwait(false), lease, [lease.OwnerId], cancellationToken).ConfigureAwait(false);

    private ValueTask<bool> ReleaseAsync(RedisSession session, LeaseReference lease, RedisValue[] values, CancellationToken cancellationToken) =>
        lease.Mode == LockMode.Exclusive
            ? _calls.ReleaseAsync(session, _names.For(lease.Key).All, values, cancellationToken)
            : _scripts.CheckAsync(session, RedisScript.ReleaseShared, _names.For(lease.Key, lease.Mode).All, values, cancellationToken);

    private async ValueTask<AcquireReply> OpenAndAskAsync(AcquireRequest request, CancellationToken cancellationToken) =>
        await AskAsync(await _connection.OpenAsync(cancellationToken).ConfigureAwait(false), request, cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Tries to acquire. A request that waits takes a place in the queue as soon as there is an inbox for its grant.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<AcquireReply> AskAsync(RedisSession session, AcquireRequest request, CancellationToken cancellationToken)
    {
        // The last attempt of a wait has no time left, but a place in the queue, which it gives up if it is granted.
        var inbox = session.Inbox is { } one && (request.StoreWait != TimeSpan.Zero || one.Find(request.OwnerId) is not null) ? one : null;
        if (inbox is { IsOpen: true })
        {
            return await QueueAsync(session, request, inbox, cancellationToken).ConfigureAwait(false);
        }

        var bucket = _names.For(request.Key).Bucket;
        RedisValue[] values = [request.OwnerId, Encoded(request.TimeToLive), TokensOrLimit(request), session.Seen[bucket]];
        var reply = (long)await RunAsync(session, request, values, cancellationToken).ConfigureAwait(false);
        if (reply > 0)
        {
            return Granted(session, bucket, reply, TokensOf(request));
        }

        return inbox is not null && await inbox.OpenAsync(cancellationToken).ConfigureAwait(false)
            ? await QueueAsync(session, request, inbox, cancellationToken).ConfigureAwait(false)
            : NotGranted(reply);
    }

    /// <summary>Tries to acquire, and takes or keeps a place in the queue.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<AcquireReply> QueueAsync(RedisSession session, AcquireRequest request, GrantInbox inbox, CancellationToken cancellationToken)
    {
        var place = inbox.Find(request.OwnerId);
        var bucket = _names.For(request.Key).Bucket;
        RedisValue[] values = place is null
            ? [request.OwnerId, Encoded(request.TimeToLive), TokensOrLimit(request), session.Seen[bucket], inbox.Channel]
            : [request.OwnerId, Encoded(request.TimeToLive), TokensOrLimit(request), session.Seen[bucket], inbox.Channel, true];

        // Before the request is sent, since the word of a grant may come before the answer. One that fails leaves its
        // place to be given up.
        place ??= inbox.Add(request.OwnerId, bucket);
        var result = (RedisValue)await RunAsync(session, request, values, cancellationToken).ConfigureAwait(false);
        if (QueuedReply.Parse(result) is { } queued)
        {
            place.Keep(queued.Place);
            return NotGranted(queued.Reply);
        }

        inbox.Remove(place);
        var reply = (long)result;
        return reply > 0 ? Granted(session, bucket, reply, TokensOf(request)) : NotGranted(reply);
    }

    private static int TokensOf(in AcquireRequest request) => request.Mode == LockMode.Exclusive ? request.Tokens : 1;

    /// <summary>The two scripts to acquire take the same, but for this.</summary>
    private static int TokensOrLimit(in AcquireRequest request) => request.Mode == LockMode.Exclusive ? request.Tokens : request.Limit;

    private ValueTask<RedisResult> RunAsync(RedisSession session, AcquireRequest request, RedisValue[] values, CancellationToken cancellationToken) =>
        _replicas is not null ? AcquireReplicatedAsync(request, values, cancellationToken)
        : request.Mode == LockMode.Exclusive ? _calls.AcquireAsync(session, _names.For(request.Key).All, values, cancellationToken)
        : _scripts.RunAsync(session, RedisScript.AcquireShared, _names.For(request.Key, request.Mode).All, values, cancellationToken);

    /// <summary>A grant that too few replicas have is taken back, and is a failure.</summary>
    private async ValueTask<RedisResult> AcquireReplicatedAsync(AcquireRequest request, RedisValue[] values, CancellationToken cancellationToken)
    {
        var script = request.Mode == LockMode.Exclusive ? RedisScript.Acquire : RedisScript.AcquireShared;
        var (result, unconfirmed) = await _replicas!.RunAsync(script, _names.For(request.Key, request.Mode).All, values, cancellationToken).ConfigureAwait(false);
        if (unconfirmed is null || QueuedReply.Parse((RedisValue)result) is not null || (long)result <= 0)
        {
            return result;
        }

        try
        {
            await ReleaseAsync(new LeaseReference(request.Key, request.OwnerId) { Mode = request.Mode }, cancellationToken).ConfigureAwait(false);
        }
        catch (DistributedLockUnavailableException)
        {
            // The engine goes on trying, as it does after each attempt that failed.
        }

        throw unconfirmed;
    }

    /// <summary>
    /// The time to live as text. Most acquisitions of a lock have the same, which the client need not format again.
    /// </summary>
    private RedisValue Encoded(TimeSpan timeToLive)
    {
        if (_timeToLive is not { } last || last.Time != timeToLive)
        {
            var text = Milliseconds(timeToLive).ToString(CultureInfo.InvariantCulture);
            _timeToLive = last = new EncodedTime(timeToLive, Encoding.ASCII.GetBytes(text));
        }

        return last.Text;
    }

    private sealed record EncodedTime(TimeSpan Time, byte[] Text);
}
