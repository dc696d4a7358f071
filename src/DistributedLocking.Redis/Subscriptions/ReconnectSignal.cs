using DistributedLocking.Redis.Connections;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Subscriptions;

/// <summary>
/// Calls back when messages may have been missed. What was published while the connection was away is lost; the client
/// subscribes again around the time of the event, and what is published before the server has seen that is lost as
/// well. So it calls twice, the second time when the server has surely seen it.
/// </summary>
internal sealed class ReconnectSignal : IDisposable
{
    private readonly Func<bool> _callback;
    private readonly TimeSpan _commandTimeout;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly object _lock = new();
    private IConnectionMultiplexer? _multiplexer;
    private bool _isDisposed;

    /// <param name="callback">Wakes those who wait for messages; false when there is no subscription.</param>
    /// <param name="commandTimeout">How long to wait for the server.</param>
    /// <param name="time">The clock of the time-out.</param>
    /// <param name="logger">The provider's logger.</param>
    internal ReconnectSignal(Func<bool> callback, TimeSpan commandTimeout, TimeProvider time, ILogger logger)
    {
        _callback = callback;
        _commandTimeout = commandTimeout;
        _time = time;
        _logger = logger;
    }

    /// <summary>Follows a connection from its first use on. False once this has been disposed.</summary>
    internal bool Follow(IConnectionMultiplexer multiplexer)
    {
        lock (_lock)
        {
            if (_multiplexer is null && !_isDisposed)
            {
                _multiplexer = multiplexer;
                multiplexer.ConnectionRestored += OnConnectionRestored;
            }

            return !_isDisposed;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            if (_multiplexer is { } multiplexer)
            {
                multiplexer.ConnectionRestored -= OnConnectionRestored;
            }
        }
    }

    private void OnConnectionRestored(object? sender, ConnectionFailedEventArgs e) => _ = CallAsync();

    private async Task CallAsync()
    {
        if (!_callback())
        {
            return;
        }

        try
        {
            await _multiplexer!.GetSubscriber().PingAsync().WaitAsync(_commandTimeout, _time).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            Log.SubscribeFailed(_logger, RedisErrors.Translate(error).Message);
        }

        _callback();
    }
}
