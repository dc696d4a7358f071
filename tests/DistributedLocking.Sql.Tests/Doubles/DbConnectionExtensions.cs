using System.Data.Common;

namespace DistributedLocking.Sql.Tests.Doubles;

internal static class DbConnectionExtensions
{
    /// <summary>Runs SQL; the first value of its first row.</summary>
    internal static async Task<object?> ReadAsync(this DbConnection connection, string sql, DbTransaction? transaction = null)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Runs SQL in the transaction; the first value of its first row.</summary>
    internal static Task<object?> ReadAsync(this DbTransaction transaction, string sql) => transaction.Connection!.ReadAsync(sql, transaction);
}
