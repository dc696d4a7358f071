using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using DistributedLocking.PostgreSql.Dialect;
using DistributedLocking.Providers;
using DistributedLocking.Sql.Connections;
using DistributedLocking.Sql.Leases;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace DistributedLocking.PostgreSql.Notifications;

/// <summary>
/// Wakes those who wait for a lease when its release is notified. All waiters of a process share one connection that
/// listens, which is made at the first wait. Whether notifications arrive is tried out: a pooler that does not keep
/// sessions accepts a LISTEN and delivers nothing.
/// </summary>
internal sealed class ReleaseListener(DbDataSource dataSource, TimeSpan timeout, TimeProvider time, ILogger logger) : IReleaseNotifications
{
    /// <summary>How long the answer "none arrive" is believed.</summary>
    private static readonly TimeSpan RefusalLasts = TimeSpan.FromMinutes(1);

    private readonly object _lock = new();
    private readonly Dictionary<string, List<ReleaseWatch>> _watches = new(StringComparer.OrdinalIgnoreCase);
    private readonly CancellationTokenSource _stop = new();
    private TaskCompletionSource<bool>? _start;
    private long? _refusedAt;
    private int _hasWarned;

    public async ValueTask<IKeyWatch?> WatchAsync(byte[] key, CancellationToken cancellationToken)
    {
        if (_refusedAt is { } at && time.GetElapsedTime(at) < RefusalLasts)
        {
            return null;
        }

        var watch = Add(Convert.ToHexString(key));
        try
        {
            if (await Start().Task.WaitAsync(timeout, time, cancellationToken).ConfigureAwait(false))
            {
                return watch;
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Log.NotListening(logger, e);
        }
        catch
        {
            Remove(watch);
            throw;
        }

        Remove(watch);
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    internal void Remove(ReleaseWatch watch)
    {
        lock (_lock)
        {
            if (_watches.TryGetValue(watch.Payload, out var watches) && watches.Remove(watch) && watches.Count == 0)
            {
                _watches.Remove(watch.Payload);
            }
        }
    }

    private ReleaseWatch Add(string payload)
    {
        var watch = new ReleaseWatch(this, payload);
        lock (_lock)
        {
            if (!_watches.TryGetValue(payload, out var watches))
            {
                _watches.Add(payload, watches = []);
            }

            watches.Add(watch);
        }

        return watch;
    }

    private TaskCompletionSource<bool> Start()
    {
        TaskCompletionSource<bool> start;
        lock (_lock)
        {
            if (_start is { } shared)
            {
                return shared;
            }

            _start = start = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        // It belongs to no caller, reports to the source, and never throws.
        _ = ListenAsync(start);
        return start;
    }

    private async Task ListenAsync(TaskCompletionSource<bool> start)
    {
        Exception? failure = null;
        try
        {
            using var bound = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            bound.CancelAfter(timeout);
            var connection = await OpenAsync(connection => SetIdleTimeout(connection, "'0'"), bound.Token).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                if (connection is not NpgsqlConnection listener || Multiplexing.IsOn(connection))
                {
                    Refuse(start);
                    return;
                }

                try
                {
                    await ListenAsync(listener, start, bound.Token).ConfigureAwait(false);
                }
                finally
                {
                    await StopListeningAsync(listener).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e)
        {
            failure = e;
        }

        End(start, failure);
    }

    /// <summary>
    /// Not every pool resets a session: with No Reset On Close its next user would be sent notifications.
    /// </summary>
    private async Task StopListeningAsync(NpgsqlConnection listener)
    {
        if (listener.State == ConnectionState.Open)
        {
            using var bound = new CancellationTokenSource(timeout, time);
            await ExecuteAsync(listener, $"UNLISTEN {PostgreSqlStatements.Channel};{SetIdleTimeout(listener, "reset_val")}", bound.Token).ConfigureAwait(false);
        }
    }

    /// <summary>Listens until the connection or the provider ends.</summary>
    private async Task ListenAsync(NpgsqlConnection listener, TaskCompletionSource<bool> start, CancellationToken startToken)
    {
        var probe = "?" + RandomNumberGenerator.GetHexString(32);
        listener.Notification += (_, notification) =>
        {
            if (string.Equals(notification.Payload, probe, StringComparison.Ordinal))
            {
                start.TrySetResult(true);
            }

            Signal(notification.Payload);
        };
        await ExecuteAsync(listener, $"LISTEN {PostgreSqlStatements.Channel}", startToken).ConfigureAwait(false);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        await Task.WhenAll(ReceiveAsync(listener, end.Token), TryOutAsync()).ConfigureAwait(false);

        async Task TryOutAsync()
        {
            var arrives = false;
            try
            {
                arrives = await ProbeAsync(probe, start, startToken).ConfigureAwait(false);
                if (!arrives)
                {
                    Refuse(start);
                }
            }
            finally
            {
                if (!arrives)
                {
                    await end.CancelAsync().ConfigureAwait(false);
                }
            }
        }
    }

    private static async Task ReceiveAsync(NpgsqlConnection listener, CancellationToken cancellationToken)
    {
        using var driver = new DriverCancellation(cancellationToken);
        while (!cancellationToken.IsCancellationRequested)
        {
            // Each notification has been handed on by the event.
            await listener.WaitAsync(driver.Token).ConfigureAwait(false);
        }
    }

    /// <summary>Sends a notification to oneself over another connection.</summary>
    private async Task<bool> ProbeAsync(string probe, TaskCompletionSource<bool> start, CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(_ => $"NOTIFY {PostgreSqlStatements.Channel}, '{probe}'", cancellationToken).ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
        try
        {
            return await start.Task.WaitAsync(timeout / 2, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>
    /// The session that listens is idle for long, which PostgreSQL 14 and later may be told to end. Sessions that a
    /// pooler shares are left alone: the setting would reach others, and notifications do not arrive there.
    /// </summary>
    private static string SetIdleTimeout(DbConnection connection, string value) => string.Create(
        CultureInfo.InvariantCulture,
        $"SELECT set_config(name, {value}, false) FROM pg_settings WHERE name = 'idle_session_timeout' AND pg_backend_pid() = {(connection as NpgsqlConnection)?.ProcessID ?? 0}");

    /// <summary>
    /// Opens a connection and runs a first statement. The pool may give out sessions that the server has ended, being
    /// idle for too long.
    /// </summary>
    private async Task<DbConnection> OpenAsync(Func<DbConnection, string> text, CancellationToken cancellationToken)
    {
        while (true)
        {
            var connection = await PrivateConnection.OpenAsync(dataSource, cancellationToken).ConfigureAwait(false);
            try
            {
                await ExecuteAsync(connection, text(connection), cancellationToken).ConfigureAwait(false);
                return connection;
            }
            catch (Exception e)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
                if (e is not DbException { SqlState: PostgresErrorCodes.IdleSessionTimeout })
                {
                    throw;
                }
            }
        }
    }

    private static async Task ExecuteAsync(DbConnection connection, string text, CancellationToken cancellationToken)
    {
        using var driver = new DriverCancellation(cancellationToken);
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = text;
            await command.ExecuteNonQueryAsync(driver.Token).ConfigureAwait(false);
        }
    }

    private void Refuse(TaskCompletionSource<bool> start)
    {
        _refusedAt = time.GetTimestamp();
        if (Interlocked.Exchange(ref _hasWarned, 1) == 0)
        {
            Log.NotificationsDoNotArrive(logger);
        }

        start.TrySetResult(false);
    }

    private void Signal(string payload)
    {
        lock (_lock)
        {
            if (_watches.TryGetValue(payload, out var watches))
            {
                foreach (var watch in watches)
                {
                    watch.Latch.Set();
                }
            }
        }
    }

    /// <summary>The connection is gone. Those who watch are told, and watch again.</summary>
    private void End(TaskCompletionSource<bool> start, Exception? failure)
    {
        var reason = failure ?? new DistributedLockUnavailableException("Notifications from PostgreSQL have ended.");
        lock (_lock)
        {
            _start = null;
            foreach (var watch in _watches.Values.SelectMany(watches => watches))
            {
                watch.Latch.Fail(reason);
            }
        }

        start.TrySetException(reason);
        _ = start.Task.Exception;
    }
}
