using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using DistributedLocking.Sql.Connections;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Sql.Tests.Servers;

/// <summary>
/// A database of one test's own on a server, so that all that the server tells of it is of this test.
/// </summary>
internal sealed class DatabaseUnderTest : IAsyncDisposable
{
    private readonly DatabaseServer _server;
    private readonly DbDataSource _admin;
    private readonly List<IAsyncDisposable> _owned = [];
    private readonly Lazy<DbDataSource> _source;

    private DatabaseUnderTest(DatabaseKind kind, DatabaseServer server, DbDataSource admin, string name)
    {
        Kind = kind;
        Name = name;
        _server = server;
        _admin = admin;
        _source = new Lazy<DbDataSource>(() => NewSource());
    }

    internal DatabaseKind Kind { get; }

    internal string Name { get; }

    internal string Table { get; } = "distributed_lock";

    /// <summary>The pool that locks use unless they are given another.</summary>
    internal DbDataSource Source => _source.Value;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    internal static async Task<DatabaseUnderTest> CreateAsync(DatabaseKind kind, DatabaseServer server)
    {
        var name = "test_" + RandomNumberGenerator.GetHexString(16, lowercase: true);
        var database = new DatabaseUnderTest(kind, server, kind.CreateSource(server.ConnectionString), name);
        await database.AdminAsync($"CREATE DATABASE {kind.Quote(name)}");
        return database;
    }

    /// <summary>The connection string, with more of the driver's settings.</summary>
    internal string ConnectionString(params string[] settings)
    {
        var parts = new DbConnectionStringBuilder { ConnectionString = _server.ConnectionString };
        parts["Database"] = Name;
        return string.Join(';', [parts.ConnectionString, .. settings]);
    }

    /// <summary>Another pool, with more of the driver's settings.</summary>
    internal DbDataSource NewSource(params string[] settings) => Own(Kind.CreateSource(ConnectionString(settings)));

    internal SqlLockOptions NewOptions(SqlLockMode mode, Action<SqlLockOptions>? configure = null)
    {
        var options = Kind.NewOptions();
        options.Mode = mode;
        options.TimeToLive = TimeSpan.FromSeconds(30);

        // A loaded machine is not what is tested.
        options.CommandTimeout = TimeSpan.FromSeconds(30);

        // Else the first acquisition would begin to delete unused rows, on one more connection.
        options.UnusedKeyRetention = Timeout.InfiniteTimeSpan;
        configure?.Invoke(options);
        return options;
    }

    internal DistributedLock NewLock(
        SqlLockMode mode, Action<SqlLockOptions>? configure = null, DbDataSource? source = null, ILoggerFactory? loggerFactory = null, TimeProvider? time = null)
    {
        var options = NewOptions(mode, configure);
        return Own(new DistributedLock(Kind.CreateProvider(options, source ?? Source, loggerFactory, time), options, loggerFactory, time));
    }

    internal SqlLockProvider NewProvider(
        SqlLockMode mode, Action<SqlLockOptions>? configure = null, DbDataSource? source = null, TimeProvider? time = null) =>
        Own(Kind.CreateProvider(NewOptions(mode, configure), source ?? Source, time: time));

    internal SqlDatabase NewSqlDatabase(SqlLockMode mode, ILogger logger, DbDataSource? source = null) =>
        new(source ?? Source, ownsDataSource: false, Kind.LockDialect, NewOptions(mode), TimeProvider.System, logger);

    /// <summary>Runs SQL as an administrator whose session is not in this database.</summary>
    internal async Task<List<long>> AdminAsync(string sql)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await using var connection = await _admin.OpenConnectionAsync(Cancellation);
                return await ReadAsync(connection, sql);
            }
            catch (DbException) when (attempt < 3)
            {
                // A restart of the server has cut the pooled connections.
            }
        }
    }

    /// <summary>Runs SQL as an administrator; one value of its first row.</summary>
    internal async Task<string> AdminTextAsync(string sql, int column)
    {
        await using var connection = await _admin.OpenConnectionAsync(Cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        await reader.ReadAsync(Cancellation);
        return reader.GetString(column);
    }

    /// <summary>Runs SQL in this database; the first column of its result.</summary>
    internal async Task<List<long>> SqlAsync(string sql)
    {
        await using var connection = await Source.OpenConnectionAsync(Cancellation);
        return await ReadAsync(connection, sql);
    }

    internal async Task<long> NumberAsync(string sql) => (await SqlAsync(sql))[0];

    internal async Task<string> TextAsync(string sql, DbDataSource? source = null)
    {
        await using var connection = await (source ?? Source).OpenConnectionAsync(Cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(await command.ExecuteScalarAsync(Cancellation), CultureInfo.InvariantCulture)!;
    }

    internal Task<List<long>> SessionsAsync() => AdminAsync(Kind.Sessions(Name));

    /// <summary>Waits until so many sessions wait for a row.</summary>
    internal Task WaitingAsync(int count) => CountAsync(Kind.GetWaitingAsync, count, "wait for a row");

    /// <summary>Waits until so many sessions are idle in a transaction.</summary>
    internal Task HoldingAsync(int count) => CountAsync(Kind.GetHoldingAsync, count, "are idle in a transaction");

    /// <summary>Kills the sessions that are idle in a transaction, of which there are so many.</summary>
    internal async Task KillHoldersAsync(int count = 1)
    {
        await HoldingAsync(count);
        foreach (var session in await Kind.GetHoldingAsync(this))
        {
            await AdminAsync(Kind.Kill(session));
        }
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = _owned.Count - 1; i >= 0; i--)
        {
            await _owned[i].DisposeAsync();
        }

        await AdminAsync(Kind.Drop(Name));
        await _admin.DisposeAsync();
    }

    /// <summary>Disposes of it with the database.</summary>
    internal T Own<T>(T disposable)
        where T : IAsyncDisposable
    {
        _owned.Add(disposable);
        return disposable;
    }

    private static async Task<List<long>> ReadAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        var values = new List<long>();
        while (await reader.ReadAsync(Cancellation))
        {
            values.Add(reader.GetValue(0) is IConvertible number and not string ? number.ToInt64(CultureInfo.InvariantCulture) : 0);
        }

        return values;
    }

    private Task CountAsync(Func<DatabaseUnderTest, Task<List<long>>> query, int count, string what) => Eventually.BecomesTrueAsync(
        async () => (await query(this)).Count == count, $"{count} sessions {what}");
}
