using System.Data;
using System.Data.Common;
using System.Globalization;

namespace DistributedLocking.FaultTests.Resources;

/// <summary>
/// Numbers in a table, guarded by the package's check inside the transaction. Reading and writing are transactions of
/// their own.
/// </summary>
internal sealed class SqlCounter(DbDataSource dataSource, string upsert) : ICounter
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
            command.CommandText = upsert;
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
            await transaction.EnsureCurrentAsync(name, mine, cancellationToken: cancellationToken);
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

/// <summary>What differs between the databases: how a number is written.</summary>
internal static class SqlCounterDialect
{
    internal const string PostgreSql =
        "INSERT INTO fault_counter (name, value) VALUES (@name, @value) ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value";

    internal const string MySql = "INSERT INTO fault_counter (name, value) VALUES (@name, @value) ON DUPLICATE KEY UPDATE value = @value";
}
