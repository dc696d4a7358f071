using System.Runtime.CompilerServices;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Calls;
using DistributedLocking.Redis.Configuration;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Fencing;
using DistributedLocking.Redis.Inspection;
using DistributedLocking.Redis.Keys;
using DistributedLocking.Redis.Queue;
using DistributedLocking.Redis.Renewals;
using DistributedLocking.Redis.Replicas;
using DistributedLocking.Redis.Scripts;
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
    private readonly ScriptRunner _scripts;
    private readonly IScriptCalls _calls;
    private readonly LockNames _names;
    private readonly NewestTokens _seen = new();
    private readonly RedisTime _time = new();
    private readonly ReplicatedCalls? _replicas;
    private readonly RenewalThread _renewals = new();

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
        : this(options, Connect(options, connection, loggerFactory, timeProvider ?? TimeProvider.System), timeProvider ?? TimeProvider.System)
    {
    }

    internal RedisLockProvider(RedisLockOptions options, RedisConnection connection, TimeProvider time, int maxUnbatched = CallBatcher.MaxUnbatched)
    {
        _connection = connection;
        _scripts = new ScriptRunner(options.CommandTimeout, time, outage: connection.Outage);
        _names = new LockNames(options.KeyPrefix);
        var batcher = new CallBatcher(_scripts, maxUnbatched);
        _replicas = options.MinReplicas > 0 ? new ReplicatedCalls(connection, batcher, options, time) : null;
        _calls = _replicas ?? (IScriptCalls)batcher;
        Inspection = new RedisInspection(this, connection, _scripts, _names);
        if (options.UseNotifications)
        {
            // Where replicas are waited for, a word of a grant proves nothing: the token may be known to no replica.
            var heard = _replicas is null ? _seen : new NewestTokens();
            Inbox = new GrantInbox(options.KeyPrefix, options.CommandTimeout, time, connection.Logger, heard);
        }

        Capabilities = LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Fencing
            | LockProviderCapabilities.Shared | LockProviderCapabilities.Counted | LockProviderCapabilities.Inspection

            // Grants that wait for replicas go over a connection of their own, and may overtake a release.
            | (_replicas is null ? LockProviderCapabilities.Ordered : LockProviderCapabilities.None)
            | (Inbox is null ? LockProviderCapabilities.None : LockProviderCapabilities.Notification | LockProviderCapabilities.Queue);
    }

    /// <inheritdoc />
    public string Name => "redis";

    /// <inheritdoc />
    public LockProviderCapabilities Capabilities { get; }

    /// <inheritdoc />
    public ILockInspection Inspection { get; }

    /// <summary>Where waiters are told of grants; null when notifications are switched off.</summary>
    internal GrantInbox? Inbox { get; }

    /// <inheritdoc />
    /// <remarks>A request that waits takes a place in the queue as soon as there is an inbox for its grant.</remarks>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        var session = _connection.Session ?? await _connection.OpenAsync(cancellationToken).ConfigureAwait(false);

        // The last attempt of a wait has no time left, but a place in the queue, which it gives up if it is granted.
        var inbox = Inbox is { } one && (request.StoreWait != TimeSpan.Zero || one.Find(request.OwnerId) is not null) ? one : null;
        if (inbox is { IsOpen: true })
        {
            return await QueueAsync(session, request, inbox, cancellationToken).ConfigureAwait(false);
        }

        var keys = _names.For(request.Key, request.Mode);
        RedisValue[] values = [request.OwnerId, _time.Encode(request.TimeToLive), TokensOrLimit(request), _seen[keys.Bucket]];
        var answer = AcquireAnswer.Read(await _calls.RunAsync(session, RedisScript.ToAcquire(request.Mode), keys.All, values, cancellationToken).ConfigureAwait(false));
        return answer.IsGrant ? Granted(keys.Bucket, answer.Reply, request)
            : inbox is not null && await inbox.OpenAsync(session, cancellationToken).ConfigureAwait(false)
                ? await QueueAsync(session, request, inbox, cancellationToken).ConfigureAwait(false)
            : answer.ToNotGranted();
    }

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
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken)
    {
        var session = _connection.Session ?? await _connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        var keys = _names.For(lease.Key, lease.Mode).All;
        return (long)await _calls.RunAsync(session, RedisScript.ToRelease(lease.Mode), keys, [lease.OwnerId], cancellationToken).ConfigureAwait(false) == 1;
    }

    /// <inheritdoc />
    public ValueTask<IKeyWatch?> WatchAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        var place = Inbox?.Find(request.OwnerId);
        return new(place is null || _replicas is null ? place : new UnconfirmedGrantWatch(place));
    }

    /// <inheritdoc />
    public async ValueTask LeaveAsync(LeaseReference waiter, CancellationToken cancellationToken)
    {
        if (_connection.Session is { } session && Inbox is { IsOpen: true } inbox)
        {
            if (inbox.Find(waiter.OwnerId) is { } place)
            {
                inbox.Remove(place);
            }

            RedisValue[] values = [waiter.OwnerId, inbox.Channel];
            var keys = _names.For(waiter.Key, waiter.Mode).All;
            await _calls.RunAsync(session, RedisScript.ToRelease(waiter.Mode), keys, values, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _renewals.Dispose();
        Inbox?.Dispose();
        await _connection.DisposeAsync().ConfigureAwait(false);
        if (_replicas is not null)
        {
            await _replicas.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static RedisConnection Connect(
        RedisLockOptions options, IConnectionMultiplexer? connection, ILoggerFactory? loggerFactory, TimeProvider time)
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

        var logger = LockProviderLogger.Create(loggerFactory, Log.Category);
        return new RedisConnection(options, options.IsUnnamed ? connection : null, time, logger, loggerFactory);
    }

    /// <summary>The two scripts to acquire take the same, but for this.</summary>
    private static int TokensOrLimit(in AcquireRequest request) => request.Mode == LockMode.Exclusive ? request.Tokens : request.Limit;

    private AcquireReply Granted(int bucket, long token, in AcquireRequest request)
    {
        var tokens = request.Mode == LockMode.Exclusive ? request.Tokens : 1;
        _seen.Note(bucket, token + tokens - 1);
        return AcquireReply.Granted(token, offer: null, tokens);
    }

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

    /// <summary>Tries to acquire, and takes or keeps a place in the queue.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<AcquireReply> QueueAsync(RedisSession session, AcquireRequest request, GrantInbox inbox, CancellationToken cancellationToken)
    {
        var place = inbox.Find(request.OwnerId);
        var keys = _names.For(request.Key, request.Mode);
        RedisValue[] values = place is null
            ? [request.OwnerId, _time.Encode(request.TimeToLive), TokensOrLimit(request), _seen[keys.Bucket], inbox.Channel]
            : [request.OwnerId, _time.Encode(request.TimeToLive), TokensOrLimit(request), _seen[keys.Bucket], inbox.Channel, true];

        // Before the request is sent, since the word of a grant may come before the answer. One that fails leaves its
        // place to be given up.
        place ??= inbox.Add(request.OwnerId, keys.Bucket);
        var answer = AcquireAnswer.Read(await _calls.RunAsync(session, RedisScript.ToAcquire(request.Mode), keys.All, values, cancellationToken).ConfigureAwait(false));
        if (answer.Place is { } number)
        {
            place.Keep(number);
        }
        else
        {
            inbox.Remove(place);
        }

        return answer.IsGrant ? Granted(keys.Bucket, answer.Reply, request) : answer.ToNotGranted();
    }
}
