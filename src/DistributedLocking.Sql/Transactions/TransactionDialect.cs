using System.Data.Common;
using DistributedLocking.Sql.Connections;
using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.Sql.Transactions;

/// <summary>
/// Finds out which database a connection leads to. A name is compared rather than a type, so that this package needs no
/// driver; where trimming has taken the name away, as behind a wrapper, the server is asked.
/// </summary>
internal static class TransactionDialect
{
    private const string NameIt = "Name its dialect in the options.";

    internal static SqlDialect? Of(DbConnection connection) => connection.GetType().FullName switch
    {
        "Npgsql.NpgsqlConnection" => SqlDialect.PostgreSql,
        "MySqlConnector.MySqlConnection" => SqlDialect.MySql,
        _ => null,
    };

    /// <summary>
    /// Asks the server. All three know the function, so that the question can't spoil the transaction; it takes no
    /// snapshot on MySQL.
    /// </summary>
    internal static async Task<SqlDialect> AskAsync(
        DbConnection connection,
        DbTransaction transaction,
        TimeSpan answerTime,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        using var end = new CancellationTokenSource(answerTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, cancellationToken);
        using var driver = new DriverCancellation(either.Token);
        object? version;
        try
        {
            var command = connection.CreateCommand();
            await using (command.ConfigureAwait(false))
            {
                command.CommandText = "SELECT version()";
                command.Transaction = transaction;
                command.CommandTimeout = 0;
                version = await command.ExecuteScalarAsync(driver.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            throw cancellationToken.IsCancellationRequested
                ? new OperationCanceledException("The call was cancelled.", e, cancellationToken)
                : end.IsCancellationRequested ? SqlErrors.TimedOut(answerTime, e)
                : new DistributedLockUnavailableException($"The transaction's database did not say what it is. {NameIt}", e);
        }

        return Recognize(version as string)
            ?? throw new NotSupportedException(
                $"The database behind a {connection.GetType()} is neither PostgreSQL, MySQL nor MariaDB. {NameIt}");
    }

    /// <summary>PostgreSQL says its name first; MySQL and MariaDB begin with the number of their version.</summary>
    internal static SqlDialect? Recognize(string? version) => version switch
    {
        null or "" => null,
        _ when version.StartsWith("PostgreSQL", StringComparison.OrdinalIgnoreCase) => SqlDialect.PostgreSql,
        _ when char.IsAsciiDigit(version[0]) => SqlDialect.MySql,
        _ => null,
    };
}
