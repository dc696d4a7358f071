using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using DistributedLocking.Sql.Dialects;
using DistributedLocking.TestKit.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedLocking.Sql.Tests.Doubles;

/// <summary>
/// One database for all tests that leave it as it is and keep to keys and tables of their own, with the calls of its
/// package.
/// </summary>
public abstract class TestDatabase : IAsyncLifetime
{
    private DatabaseServer? _server;
    private DbDataSource? _source;

    internal string ConnectionString => (_server ?? throw new InvalidOperationException("The fixture has not been initialized.")).ConnectionString;

    internal DbDataSource Source => _source ?? throw new InvalidOperationException("The fixture has not been initialized.");

    internal abstract SqlDialect Dialect { get; }

    public async ValueTask InitializeAsync()
    {
        _server = await StartAsync();
        _source = CreateSource(ConnectionString);
        await using var connection = await _source.OpenConnectionAsync();
        foreach (var statement in CreateScript(_ => { }).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            await using var command = connection.CreateCommand();
            command.CommandText = statement;
            await command.ExecuteNonQueryAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_source is not null)
        {
            await _source.DisposeAsync();
        }

        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    internal abstract DbDataSource CreateSource(string connectionString);

    internal abstract SqlLockProvider CreateProvider(Action<SqlLockOptions> configure, DbDataSource? dataSource = null);

    /// <summary>Reads the session's own limits on waiting for a row.</summary>
    internal abstract string LockTimeout { get; }

    /// <summary>Sets these limits to about half a second, or a whole one where the server counts so.</summary>
    internal abstract string LimitWaits { get; }

    /// <summary>Makes the database end the session when the transaction has been idle for a second.</summary>
    internal abstract string EndWhenIdle { get; }

    /// <summary>Reads the number of the session.</summary>
    private protected abstract string Session { get; }

    /// <summary>Whether a session waits for a row that another has.</summary>
    internal abstract Task<bool> IsWaitingAsync(long session);

    internal abstract string CreateScript(Action<SqlLockOptions> configure, SqlFencingOptions? fencing = null);

    internal abstract IServiceCollection Add(IServiceCollection services);

    internal abstract IServiceCollection Add(IServiceCollection services, string connectionString);

    internal abstract IServiceCollection Add(IServiceCollection services, Func<IServiceProvider, DbDataSource> dataSource);

    internal abstract IServiceCollection Add(IServiceCollection services, Action<SqlLockOptions> configure);

    internal abstract IServiceCollection Add(IServiceCollection services, IConfiguration section);

    internal abstract IServiceCollection AddKeyed(IServiceCollection services, object serviceKey);

    internal abstract IServiceCollection AddKeyed(IServiceCollection services, object serviceKey, string connectionString);

    internal abstract IServiceCollection AddKeyed(IServiceCollection services, object serviceKey, Func<IServiceProvider, DbDataSource> dataSource);

    internal abstract IServiceCollection AddKeyed(IServiceCollection services, object serviceKey, Action<SqlLockOptions> configure);

    internal abstract IServiceCollection AddKeyed(IServiceCollection services, object serviceKey, IConfiguration section);

    /// <summary>A name that no other test has.</summary>
    internal static string NewName(string start) => $"{start}_{RandomNumberGenerator.GetHexString(12, lowercase: true)}";

    internal async Task<DbConnection> OpenAsync() => await Source.OpenConnectionAsync(TestContext.Current.CancellationToken);

    /// <summary>A connection with a transaction.</summary>
    internal async Task<OpenTransaction> BeginAsync(IsolationLevel isolation = IsolationLevel.ReadCommitted)
    {
        var connection = await OpenAsync();

        // Before the transaction, whose snapshot it would take.
        var session = Convert.ToInt64(await connection.ReadAsync(Session), CultureInfo.InvariantCulture);
        return new OpenTransaction(this, connection, await connection.BeginTransactionAsync(isolation, TestContext.Current.CancellationToken), session);
    }

    internal async Task<object?> ReadAsync(string sql)
    {
        await using var connection = await OpenAsync();
        return await connection.ReadAsync(sql);
    }

    private protected abstract Task<DatabaseServer> StartAsync();
}
