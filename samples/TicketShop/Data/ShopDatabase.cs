using System.Data;
using System.Data.Common;
using DistributedLocking;
using Microsoft.Data.Sqlite;
using MySqlConnector;
using Npgsql;
using TicketShop.Options;

namespace TicketShop.Data;

/// <summary>The shop's tables, in SQLite or on a server.</summary>
internal sealed class ShopDatabase : IAsyncDisposable
{
    // The same in all three dialects.
    private static readonly string[] Tables =
    [
        "CREATE TABLE IF NOT EXISTS shop_ticket (seat VARCHAR(10) NOT NULL, buyer INTEGER NOT NULL, instance VARCHAR(10) NOT NULL, PRIMARY KEY (seat, buyer))",
        "CREATE TABLE IF NOT EXISTS shop_allocation (payment INTEGER NOT NULL, order_number INTEGER NOT NULL, cents BIGINT NOT NULL, PRIMARY KEY (payment, order_number))",
    ];

    private readonly DbDataSource source;
    private readonly bool isSqlite;
    private readonly SemaphoreSlim writers;

    private ShopDatabase(DbDataSource source, bool isSqlite)
    {
        this.source = source;
        this.isSqlite = isSqlite;

        // One writes to SQLite at a time: whoever waits here blocks no thread. A server gets few connections.
        writers = new SemaphoreSlim(isSqlite ? 1 : 10);
    }

    /// <exception cref="ArgumentException">The connection string is wrong.</exception>
    internal static ShopDatabase Open(ShopOptions options) => options.Database switch
    {
        DatabaseKind.MySql => new ShopDatabase(new MySqlDataSource(options.MySql), isSqlite: false),
        DatabaseKind.Postgres => new ShopDatabase(NpgsqlDataSource.Create(options.Postgres), isSqlite: false),
        _ => new ShopDatabase(
            SqliteFactory.Instance.CreateDataSource(new SqliteConnectionStringBuilder { DataSource = Path.Combine(options.Folder, "shop.db") }.ToString()),
            isSqlite: true),
    };

    /// <summary>Makes the tables that are missing, and empties them.</summary>
    internal async Task CreateAsync(CancellationToken cancellationToken)
    {
        if (isSqlite)
        {
            // With a log of its own a file is written by one while others read it.
            await ReadAsync(command => ExecuteAsync(command, "PRAGMA journal_mode = WAL"), cancellationToken);
        }

        foreach (var table in isSqlite ? [.. Tables, SqliteFence.Table] : Tables)
        {
            await ReadAsync(command => ExecuteAsync(command, table), cancellationToken);
        }
    }

    /// <summary>Reads, without a transaction.</summary>
    internal async Task<T> ReadAsync<T>(Func<DbCommand, Task<T>> read, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        return await read(command);
    }

    /// <summary>Does something in one transaction, which a fence guards if there is one.</summary>
    /// <exception cref="StaleFencingTokenException">
    /// A newer holder of the lock has been here: nothing was written.
    /// </exception>
    internal async Task<T> WriteAsync<T>(Fence? fence, Func<DbCommand, Task<T>> work, CancellationToken cancellationToken)
    {
        await writers.WaitAsync(cancellationToken);
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            if (isSqlite)
            {
                // The demo ends with its data: no need to wait for the disk.
                await using var session = connection.CreateCommand();
                await ExecuteAsync(session, "PRAGMA synchronous = NORMAL");
            }

            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken);
            if (fence is { } shown)
            {
                await EnsureCurrentAsync(transaction, shown, cancellationToken);
            }

            await using var command = connection.CreateCommand();
            command.Transaction = transaction;
            var result = await work(command);
            await transaction.CommitAsync(cancellationToken);
            return result;
        }
        finally
        {
            writers.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        writers.Dispose();
        if (isSqlite)
        {
            SqliteConnection.ClearAllPools();
        }
    }

    internal static void Set(DbCommand command, string text, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        command.CommandText = text;
        command.Parameters.Clear();
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value;
            command.Parameters.Add(parameter);
        }
    }

    private Task EnsureCurrentAsync(DbTransaction transaction, Fence fence, CancellationToken cancellationToken) => isSqlite
        ? SqliteFence.EnsureCurrentAsync(transaction, fence, cancellationToken)
        : transaction.EnsureCurrentAsync(fence.Resource, fence.Token, cancellationToken: cancellationToken);

    private static Task<int> ExecuteAsync(DbCommand command, string text)
    {
        Set(command, text);
        return command.ExecuteNonQueryAsync();
    }
}
