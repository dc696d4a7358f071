using System.Collections.Concurrent;
using System.Data;
using System.Data.Common;
using MySql.Data.MySqlClient;

namespace DistributedLocking.TestDrivers.Offloading;

/// <summary>
/// A pool of connections whose calls run on threads of their own. Not MySql.Data's pool, which rolls back whatever it gets back: MySqlConnector rolls back
/// a transaction that was begun by a statement only when it hands the connection out again. This one leaves the session's settings as they are, so
/// that a test sees what leaks.
/// </summary>
internal sealed class OffloadedDataSource : DbDataSource
{
    private readonly ConcurrentStack<MySqlConnection> _idle = new();
    private readonly MySqlConnectionStringBuilder _settings;
    private readonly SemaphoreSlim _slots;
    private readonly bool _pooling;
    private volatile bool _isDisposed;

    internal OffloadedDataSource(string connectionString)
    {
        ConnectionString = connectionString;
        _settings = new MySqlConnectionStringBuilder(connectionString);
        _pooling = _settings.Pooling;
        _settings.Pooling = false;
        _slots = new SemaphoreSlim(_pooling ? (int)_settings.MaximumPoolSize : int.MaxValue);
    }

    public override string ConnectionString { get; }

    internal async Task WaitForSlotAsync(CancellationToken cancellationToken)
    {
        if (!await _slots.WaitAsync(TimeSpan.FromSeconds(_settings.ConnectionTimeout), cancellationToken))
        {
            throw new OffloadedException("All pooled connections are in use.", number: 0, inner: null);
        }
    }

    internal void ReleaseSlot() => _slots.Release();

    /// <summary>Blocks until there is a connection that works.</summary>
    internal MySqlConnection Take()
    {
        while (_idle.TryPop(out var idle))
        {
            try
            {
                using var reset = new MySqlCommand("ROLLBACK", idle) { CommandTimeout = (int)_settings.ConnectionTimeout };
                reset.ExecuteNonQuery();
                return idle;
            }
            catch (Exception)
            {
                OffloadedConnection.Cut(idle);
            }
        }

        var connection = new MySqlConnection(_settings.ConnectionString);
        connection.Open();
        return connection;
    }

    /// <summary>Takes a connection back, or closes it.</summary>
    internal void GiveBack(MySqlConnection connection)
    {
        if (_pooling && !_isDisposed && connection.State == ConnectionState.Open)
        {
            _idle.Push(connection);
        }
        else
        {
            OffloadedConnection.Cut(connection);
        }
    }

    protected override DbConnection CreateDbConnection() => new OffloadedConnection(this);

    protected override void Dispose(bool disposing)
    {
        _isDisposed = true;
        while (disposing && _idle.TryPop(out var idle))
        {
            OffloadedConnection.Cut(idle);
        }

        base.Dispose(disposing);
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        Dispose(disposing: true);
        await base.DisposeAsyncCore();
    }
}
