using System.Data.Common;
using DistributedLocking.Sql.Configuration;
using DistributedLocking.Sql.Connections;
using DistributedLocking.Sql.Dialects;
using DistributedLocking.Sql.Keys;
using DistributedLocking.Sql.Transactions;

namespace DistributedLocking.Sql.Fencing;

/// <summary>The guard on the resource's side for data in the database. A database's package has the method for its users.</summary>
public static class SqlFencing
{
    /// <summary>Refuses a fencing token that is older than the newest one seen for the resource.</summary>
    /// <param name="dialect">The database's dialect.</param>
    /// <param name="transaction">The transaction.</param>
    /// <param name="resource">The resource.</param>
    /// <param name="fencingToken">The token; positive.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>A task that ends when the token is known to be current.</returns>
    public static async Task EnsureCurrentAsync(
        SqlDialect dialect, DbTransaction transaction, string resource, long fencingToken, SqlFencingOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(dialect);
        ArgumentNullException.ThrowIfNull(transaction);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(fencingToken);
        options ??= new SqlFencingOptions();
        if (TableRules.Check(dialect, options.Schema, options.Table, options.CommandTimeout) is { } failure)
        {
            throw new ArgumentException(failure, nameof(options));
        }

        var bytes = new KeyBytes("").EncodeChecked(resource, nameof(resource));
        cancellationToken.ThrowIfCancellationRequested();

        var user = new UserTransaction(dialect, transaction, options.CommandTimeout, TimeProvider.System);
        var statements = dialect.DescribeFencing(new SqlTable(options.Schema, options.Table));
        long? newest;
        try
        {
            newest = await RememberAsync(user, statements, options.CreateTable, bytes, fencingToken, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            throw user.Translate(e, cancellationToken);
        }

        if (newest > fencingToken)
        {
            throw new StaleFencingTokenException { FencingToken = fencingToken, NewestToken = newest.Value };
        }
    }

    private static async Task<long?> RememberAsync(
        UserTransaction user, SqlFencingStatements statements, bool createTable, byte[] resource, long fencingToken, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await user.QueryTokenAsync(
                    statements.Remember,
                    command =>
                    {
                        command.Add("@resource", resource);
                        command.Add("@token", fencingToken);
                    },
                    TimeSpan.Zero,
                    isExact: false,
                    cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (user.Dialect.Classify(e) != SqlFault.Deadlock)
            {
                await user.TryExecuteAsync(statements.Undo, static _ => { }).ConfigureAwait(false);
                if (!createTable || user.Dialect.Classify(e) != SqlFault.TableMissing)
                {
                    throw;
                }
            }

            createTable = false;
            await user.CreateTableAsync(statements.CreateTable, cancellationToken).ConfigureAwait(false);
        }
    }
}
