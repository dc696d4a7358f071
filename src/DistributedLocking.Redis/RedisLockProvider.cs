using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Commands;
using DistributedLocking.Redis.Configuration;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Keys;
using DistributedLocking.Redis.Replicas;
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
    private readonly ScriptCaller _scripts;
    private readonly LockNames _names;
    private readonly ReplicatedCalls? _replicas;
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
        _scripts = new ScriptCaller(new PendingReplies(options.CommandTimeout, time));
        _names = new LockNames(options.KeyPrefix);
        _replicas = options.MinReplicas > 0 ? new ReplicatedCalls(connection.Another(), options, time) : null;
        Capabilities = LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Fencing
            | (options.UseNotifications ? LockProviderCapabilities.Notification : LockProviderCapabilities.None);
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
        var (name, fence) = _names.For(request.Key);
        RedisValue[] values = [request.OwnerId, Encoded(request.TimeToLive)];
        if (_replicas is not null)
        {
            return await AcquireReplicatedAsync(request, [name, fence], values, cancellationToken).ConfigureAwait(false);
        }

        return Read(await _scripts.RunAsync(session, RedisScript.Acquire, [name, fence], values, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken)
    {
        if (_replicas is not null)
        {
            return await _replicas.RenewAsync(_names, batch, cancellationToken).ConfigureAwait(false);
        }

        // With a connection there is no await: all happens on the engine's thread.
        var session = _connection.Session ?? await _connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        return RenewalBatch.Run(session.Database, _names, batch, _scripts.Timeout, cancellationToken, session.Rights);
    }

    /// <inheritdoc />
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken)
    {
        var session = _connection.Session ?? await _connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        var name = _names.Lock(lease.Key);
        RedisValue[] values = session.Notifications is { } notifications ? [lease.OwnerId, notifications.PublishedChannel(name)] : [lease.OwnerId];
        return (long)await _scripts.RunAsync(session, RedisScript.Release, [name], values, cancellationToken).ConfigureAwait(false) == 1;
    }

    /// <inheritdoc />
    public async ValueTask<IKeyWatch?> WatchAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        var session = _connection.Session ?? await _connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        return session.Notifications is { } notifications
            ? await notifications.WatchAsync(_names.Lock(request.Key), cancellationToken).ConfigureAwait(false)
            : null;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
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
                $"{nameof(options.Servers)} or {nameof(options.ServerConnections)} name several servers, which is for {nameof(RedisQuorumLockProvider)}.", nameof(options));
        }

        if (connection is null && options.IsUnnamed)
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
            options.IsUnnamed ? connection : null,
            timeProvider ?? TimeProvider.System,
            (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger(Log.Category));

    private static AcquireReply Read(RedisResult result)
    {
        var reply = (long)result;
        return reply switch
        {
            > 0 => AcquireReply.Granted(reply),
            0 => AcquireReply.NotGranted(),
            _ => AcquireReply.NotGranted(TimeSpan.FromMilliseconds(-1 - reply)),
        };
    }

    /// <summary>A grant that too few replicas have is taken back, and is a failure.</summary>
    private async ValueTask<AcquireReply> AcquireReplicatedAsync(AcquireRequest request, RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken)
    {
        var (result, unconfirmed) = await _replicas!.RunAsync(RedisScript.Acquire, keys, values, cancellationToken).ConfigureAwait(false);
        var reply = Read(result);
        if (!reply.IsGranted || unconfirmed is null)
        {
            return reply;
        }

        try
        {
            await ReleaseAsync(new LeaseReference(request.Key, request.OwnerId), cancellationToken).ConfigureAwait(false);
        }
        catch (DistributedLockUnavailableException)
        {
            // The engine goes on trying, as it does after each attempt that failed.
        }

        throw unconfirmed;
    }

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

    private sealed record EncodedTime(TimeSpan Time, byte[] Text);
}
