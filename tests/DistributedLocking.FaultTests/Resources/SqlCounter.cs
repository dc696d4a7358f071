using System.Data;
using System.Data.Common;
using System.Globalization;
using DistributedLocking.MySql;
using DistributedLocking.PostgreSql;

namespace DistributedLocking.FaultTests.Resources;

/// <summary>Numbers in a table, guarded by the package's check inside the transaction. Reading and writing are transactions of their own.</summary>
internal sealed class SqlCounter(DbDataSource dataSource, SqlCounterDialect dialect) : ICounter
{
    internal const string Table = "CREATE TABLE IF NOT EXISTS fault_counter (name VARCHAR(100) PRIMARY KEY, value BIGINT NOT NULL)";

    public Task<long> ReadAsync(string name, long? token, CancellationToken cancellationToken) => InTransactionAsync(
        name,
        token,
        async command =>
        {
            command.CommandText = "SELECT value FROM fault_counter WHERE name = @name";
            return Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture);
        },
        cancellationToken);

    public Task WriteAsync(string name, long value, long? token, CancellationToken cancellationToken) => InTransactionAsync(
        name,
        token,
        async command =>
        {
            command.CommandText = dialect.Upsert;
            var parameter = command.CreateParameter();
            parameter.ParameterName = "@value";
            parameter.Value = value;
            command.Parameters.Add(parameter);
            return await command.ExecuteNonQueryAsync(cancellationToken);
        },
        cancellationToken);

    public ValueTask DisposeAsync() => dataSource.DisposeAsync();

    private async Task<T> InTransactionAsync<T>(string name, long? token, Func<DbCommand, Task<T>> body, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken);
        if (token is { } mine)
        {
            await dialect.EnsureCurrent(transaction, name, mine, cancellationToken);
        }

        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        var parameter = command.CreateParameter();
        parameter.ParameterName = "@name";
        parameter.Value = name;
        command.Parameters.Add(parameter);
        var result = await body(command);
        await transaction.CommitAsync(cancellationToken);
        return result;
    }
}

/// <summary>What differs between the databases.</summary>
/// <param name="Upsert">Writes a number.</param>
/// <param name="EnsureCurrent">The package's guard.</param>
internal sealed record SqlCounterDialect(string Upsert, Func<DbTransaction, string, long, CancellationToken, Task> EnsureCurrent)
{
    internal static SqlCounterDialect PostgreSql { get; } = new(
        "INSERT INTO fault_counter (name, value) VALUES (@name, @value) ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value",
        (transaction, name, token, cancel) => PostgreSqlTransactionExtensions.EnsureCurrentAsync(transaction, name, token, null, cancel));

    internal static SqlCounterDialect MySql { get; } = new(
        "INSERT INTO fault_counter (name, value) VALUES (@name, @value) ON DUPLICATE KEY UPDATE value = VALUES(value)",
        (transaction, name, token, cancel) => MySqlTransactionExtensions.EnsureCurrentAsync(transaction, name, token, null, cancel));
}
