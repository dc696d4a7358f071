using System.Data.Common;
using DistributedLocking.Sql.Configuration;
using DistributedLocking.Sql.Connections;
using DistributedLocking.Sql.Dialects;
using DistributedLocking.Sql.Keys;
using DistributedLocking.Sql.Transactions;

namespace DistributedLocking.Sql.Fencing;

/// <summary>The guard on the resource's side for data in the database.</summary>
internal static class SqlFencing
{
    internal static async Task EnsureCurrentAsync(
        DbTransaction transaction, string resource, long fencingToken, SqlFencingOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(fencingToken);
        options ??= new SqlFencingOptions();
        TableRules.ThrowIfInvalid(options.CommandTimeout, nameof(SqlFencingOptions), nameof(options));
        var bytes = KeyBytes.OfResources.EncodeChecked(resource, nameof(resource));
        cancellationToken.ThrowIfCancellationRequested();

        var user = await UserTransaction.OpenAsync(
            transaction, options.Dialect, options.CommandTimeout, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        TableRules.ThrowIfInvalid(user.Dialect, options.Schema, options.Table, nameof(SqlFencingOptions), nameof(options));
        var statements = user.Dialect.DescribeFencing(new SqlTable(options.Schema, options.Table));
        long? newest;
        try
        {
            newest = await RememberAsync(user, statements, options.CreateTable, bytes, fencingToken, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            throw user.Translate(e, cancellationToken, "fencing guard's table");
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
                        command.Set("@resource", resource);
                        command.Set("@token", fencingToken);
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
