using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Connections;

/// <summary>The multiplexer that was given, or one that is made at first use and is then ours to dispose.</summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    private readonly RedisLockOptions _options;
    private readonly ConfigurationOptions? _configuration;
    private readonly IConnectionMultiplexer? _given;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ILoggerFactory? _clientLog;
    private readonly object _lock = new();
    private TaskCompletionSource<RedisSession>? _attempt;
    private volatile RedisSession? _session;
    private bool _disposed;

    /// <param name="options">The validated options.</param>
    /// <param name="given">The multiplexer to use where the options name no server.</param>
    /// <param name="time">The clock of the time-outs.</param>
    /// <param name="logger">The provider's logger.</param>
    /// <param name="clientLog">Where the client's own log goes, unless the options say so; null for nowhere.</param>
    internal RedisConnection(
        RedisLockOptions options, IConnectionMultiplexer? given, TimeProvider time, ILogger logger, ILoggerFactory? clientLog = null)
    {
        _options = options;
        _given = given;
        _time = time;
        _logger = logger;
        _configuration = options.ConfigurationOptions?.Clone()
            ?? (options.Configuration is { } text ? ConfigurationOptions.Parse(text) : null);

        var names = _configuration is { } named
            ? new ServerNames(named.EndPoints, options.ConfigurationOptions is null ? options.Configuration : null, named.Ssl)
            : given is null ? new ServerNames([], null, isEncrypted: false) : ServerNames.Of(given);
        Outage = new ConnectionOutage(names, time);

        // The client's entries name all that it takes for a server.
        _clientLog = options.ConfigurationOptions is not null || names.AreAllShown ? clientLog : null;
        if (_configuration is { } configuration)
        {
            // The client's messages would quote the command's key.
            configuration.IncludeDetailInExceptions = options.RevealKeys;
            configuration.LoggerFactory = new ClientLog(configuration.LoggerFactory, _clientLog, Outage);
        }
    }

    /// <summary>Why there is no connection, as far as that is known.</summary>
    internal ConnectionOutage Outage { get; }

    /// <summary>The provider's logger.</summary>
    internal ILogger Logger => _logger;

    /// <summary>The connection if there is one already.</summary>
    internal RedisSession? Session => _session;

    /// <summary>Returns the connection, making it first if need be.</summary>
    /// <param name="cancellationToken">Ends this caller's wait; the attempt goes on for the others.</param>
    /// <exception cref="DistributedLockUnavailableException">It was refused or late. Nothing was sent.</exception>
    internal async ValueTask<RedisSession> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return _session ?? await Attempt().Task.WaitAsync(_options.CommandTimeout, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw RedisErrors.Unsent(RedisErrors.TimedOut(_options.CommandTimeout, Outage, _options.TimeoutName, "accept a connection"));
        }
        catch (Exception e) when (!RedisErrors.IsCancellation(e, cancellationToken))
        {
            throw RedisErrors.Unsent(e, Outage);
        }
        catch (OperationCanceledException e)
        {
            throw new OperationCanceledException(e.Message, RedisErrors.Unsent(e, Outage), cancellationToken);
        }
    }

    /// <summary>Another connection to the same server, for commands that hold up those behind them.</summary>
    /// <param name="longest">How long such a command may take; the client's own time-out is no shorter.</param>
    internal RedisConnection Another(TimeSpan longest)
    {
        var another = new RedisConnection(
            new RedisLockOptions
            {
                ConfigurationOptions = _configuration,
                Database = _options.Database,
                CommandTimeout = _options.CommandTimeout,
                UseNotifications = false,
                RevealKeys = _options.RevealKeys,
            },
            null,
            _time,
            _logger,
            _clientLog);
        if (another._configuration is { } configuration && configuration.AsyncTimeout < longest.TotalMilliseconds)
        {
            configuration.AsyncTimeout = (int)longest.TotalMilliseconds;
        }

        return another;
    }

    public async ValueTask DisposeAsync()
    {
        TaskCompletionSource<RedisSession>? attempt;
        lock (_lock)
        {
            _disposed = true;
            attempt = _attempt;
        }

        // An attempt that is still under way disposes of its own result.
        if (attempt?.Task is { IsCompletedSuccessfully: true } made)
        {
            await CloseAsync(await made.ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    private TaskCompletionSource<RedisSession> Attempt()
    {
        TaskCompletionSource<RedisSession> attempt;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_attempt is { } shared)
            {
                return shared;
            }

            _attempt = attempt = new TaskCompletionSource<RedisSession>(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        // Not awaited: it belongs to nobody's call, so nobody's cancellation ends it. It reports to the attempt and
        // never throws.
        _ = ConnectAsync(attempt);
        return attempt;
    }

    private async Task ConnectAsync(TaskCompletionSource<RedisSession> attempt)
    {
        try
        {
            var session = await OpenSessionAsync().ConfigureAwait(false);
            bool disposed;
            lock (_lock)
            {
                disposed = _disposed;
                if (!disposed)
                {
                    _session = session;
                    attempt.SetResult(session);
                }
            }

            if (disposed)
            {
                await CloseAsync(session).ConfigureAwait(false);
                throw new ObjectDisposedException(nameof(RedisConnection));
            }

            Log.Connected(_logger);
        }
        catch (Exception e)
        {
            var fault = await Outage.ExplainAsync(e).ConfigureAwait(false);
            lock (_lock)
            {
                _attempt = null;
            }

            Log.ConnectFailed(_logger, fault.Message);
            attempt.SetException(fault);
            _ = attempt.Task.Exception;
        }
    }

    private async Task<RedisSession> OpenSessionAsync()
    {
        var multiplexer = _given ?? await ConnectAsync().ConfigureAwait(false);
        try
        {
            return Describe(multiplexer);
        }
        catch
        {
            // The next use makes another.
            await CloseAsync(multiplexer).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<IConnectionMultiplexer> ConnectAsync()
    {
        var connecting = ConnectionMultiplexer.ConnectAsync(_configuration!);
        _ = Outage.FollowAsync(() => connecting.IsCompleted);
        return await connecting.ConfigureAwait(false);
    }

    private RedisSession Describe(IConnectionMultiplexer multiplexer)
    {
        var database = multiplexer.GetDatabase(_options.Database);
        var proxy = ClientConfiguration.FindProxy(multiplexer);
        Outage.Watch(multiplexer);
        if (_options.UseNotifications && proxy is not null)
        {
            Log.NotificationsRefused(_logger, proxy);
        }

        var session = new RedisSession(multiplexer, database)
        {
            CanSubscribe = proxy is null,
            ChannelPrefix = ClientConfiguration.ChannelPrefix(multiplexer, _configuration),
            Outage = Outage,
        };
        if (proxy is not null)
        {
            // It would send a batch to where the first of its locks is.
            session.Scripts.NoteBatchRefused();
        }

        return session;
    }

    private async ValueTask CloseAsync(RedisSession session)
    {
        Outage.Dispose();
        await CloseAsync(session.Multiplexer).ConfigureAwait(false);
    }

    private async ValueTask CloseAsync(IConnectionMultiplexer multiplexer)
    {
        if (_given is null)
        {
            // Without waiting for commands: what was to be released has been, and a frozen server must not hold it up.
            await multiplexer.CloseAsync(allowCommandsToComplete: false).ConfigureAwait(false);
            multiplexer.Dispose();
        }
    }
}
