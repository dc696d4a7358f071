using System.Collections.Concurrent;
using System.Net;
using DistributedLocking.Providers;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Connections;

/// <summary>
/// Knows why there is no connection, for the messages of calls that fail meanwhile: those mostly end by our own
/// time-out, long before the client says why.
/// </summary>
internal sealed class ConnectionOutage(ServerNames names, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<string, string> _causes = new(StringComparer.Ordinal);
    private IConnectionMultiplexer? _multiplexer;
    private volatile bool _isRefusal;

    /// <summary>The server or servers; null when they may not be named.</summary>
    internal string? Servers => names.All;

    /// <summary>Why there is no connection; null when there is one, or nothing is known.</summary>
    internal string? Cause => _causes.IsEmpty ? null : _causes.Values.FirstOrDefault();

    /// <summary>Whether the server refuses the user or the password, which no further try changes.</summary>
    internal bool IsRefusal
    {
        get => _isRefusal;
        private set => _isRefusal = value;
    }

    /// <summary>
    /// Follows an attempt to connect. The client repeats what fails; if that takes a while, the server is asked why.
    /// </summary>
    internal async Task FollowAsync(Func<bool> isOver)
    {
        _causes.Clear();
        await Task.Delay(Patience, time).ConfigureAwait(false);
        if (!isOver() && names.First is { } first)
        {
            await ProbeAsync(first).ConfigureAwait(false);
        }
    }

    /// <summary>Follows a connection from now on.</summary>
    internal void Watch(IConnectionMultiplexer multiplexer)
    {
        _multiplexer = multiplexer;
        if (multiplexer.IsConnected)
        {
            _causes.Clear();
            IsRefusal = false;
        }

        multiplexer.ConnectionFailed += OnFailed;
        multiplexer.ConnectionRestored += OnRestored;
        if (!multiplexer.IsConnected && names.First is { } first)
        {
            _ = ProbeAsync(first);
        }
    }

    /// <summary>Takes a failure that may say why; one that nobody waits for any more too.</summary>
    internal void Note(Exception error)
    {
        if (error is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } && _multiplexer is not { IsConnected: true })
        {
            IsRefusal = true;
        }
    }

    public void Dispose()
    {
        if (_multiplexer is { } multiplexer)
        {
            multiplexer.ConnectionFailed -= OnFailed;
            multiplexer.ConnectionRestored -= OnRestored;
        }
    }

    /// <summary>
    /// What a failure to connect means. The client does not say why it could not, unless it is for the password.
    /// </summary>
    internal async Task<DistributedLockUnavailableException> ExplainAsync(Exception error)
    {
        var fault = RedisErrors.Translate(error, this);
        return error is RedisConnectionException connection && fault.IsTransient
            ? RedisErrors.FromConnection(connection, this, await ProbeAsync().ConfigureAwait(false))
            : fault;
    }

    private Task<string?> ProbeAsync() => names.First is { } first ? SocketFault.ProbeAsync(first, names.Of(first), time) : Task.FromResult<string?>(null);

    private void OnFailed(object? sender, ConnectionFailedEventArgs e)
    {
        if (e.ConnectionType != ConnectionType.Interactive)
        {
            return;
        }

        Set(e.EndPoint, SocketFault.Find(e.Exception, names.Of(e.EndPoint)) ?? $"connection lost to {names.Of(e.EndPoint) ?? "it"}");
        if (e.Exception is { } error)
        {
            Note(error);
        }

        if (e.EndPoint is { } endPoint)
        {
            _ = ProbeAsync(endPoint);
        }
    }

    private void OnRestored(object? sender, ConnectionFailedEventArgs e)
    {
        if (e.ConnectionType == ConnectionType.Interactive)
        {
            _causes.TryRemove(Key(e.EndPoint), out _);
            IsRefusal = false;
        }
    }

    private async Task ProbeAsync(EndPoint endPoint)
    {
        if (await SocketFault.ProbeAsync(endPoint, names.Of(endPoint), time).ConfigureAwait(false) is { } cause && _multiplexer is not { IsConnected: true })
        {
            Set(endPoint, cause);
        }
    }

    private void Set(EndPoint? endPoint, string cause) => _causes[Key(endPoint)] = cause;

    private static string Key(EndPoint? endPoint) => endPoint?.ToString() ?? "";
}
