using System.Data;
using System.Data.Common;
using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.Sql.Connections;

/// <summary>One open connection. Used by one caller at a time.</summary>
internal sealed class SqlSession(DbConnection connection, SqlStatements statements) : IAsyncDisposable
{
    internal SqlStatements Statements { get; private set; } = statements;

    /// <summary>
    /// Whether the driver still believes in the connection. When it does not, the server ends the session's
    /// transaction.
    /// </summary>
    internal bool IsOpen => connection.State == ConnectionState.Open;

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    internal async Task<int> ExecuteAsync(string text, Action<DbCommand> addParameters, CancellationToken cancellationToken)
    {
        using var driver = new DriverCancellation(cancellationToken);
        var command = Command(text, addParameters);
        await using (command.ConfigureAwait(false))
        {
            await PrepareAsync(command, driver.Token).ConfigureAwait(false);
            return await command.ExecuteNonQueryAsync(driver.Token).ConfigureAwait(false);
        }
    }

    internal async Task<T> QueryAsync<T>(
        string text, Action<DbCommand> addParameters, Func<DbDataReader, CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        using var driver = new DriverCancellation(cancellationToken);
        var command = Command(text, addParameters);
        await using (command.ConfigureAwait(false))
        {
            await PrepareAsync(command, driver.Token).ConfigureAwait(false);
            var reader = await command.ExecuteReaderAsync(driver.Token).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var result = await read(reader, driver.Token).ConfigureAwait(false);
                await DrainAsync(reader, driver.Token).ConfigureAwait(false);
                return result;
            }
        }
    }

    /// <summary>In the transaction that locks the key's row: stores the row's mark and commits.</summary>
    internal Task<int> StoreMarkAsync(byte[] key, long token, CancellationToken cancellationToken) =>
        ExecuteAsync(
            $"{Statements.StoreMark};{Statements.Commit}",
            command =>
            {
                command.Add("@key", key);
                command.Add("@token", token);
            },
            cancellationToken);

    /// <summary>
    /// Ends the transaction and puts back the settings. A session where that fails is ended, so that its settings reach
    /// nobody else.
    /// </summary>
    internal async Task RollBackAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ExecuteAsync(Statements.RollBack, static _ => { }, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception)
        {
            await EndAsync(cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Returns the connection to the pool, rolled back; within the bound, whatever state it is in.</summary>
    internal async Task AbandonAsync(TimeSpan bound, TimeProvider time)
    {
        await using (connection.ConfigureAwait(false))
        {
            if (!IsOpen)
            {
                return;
            }

            try
            {
                using var end = new CancellationTokenSource(bound, time);
                await RollBackAsync(end.Token).ConfigureAwait(false);
            }
            catch (Exception)
            {
                // It has been ended; the database rolls back.
            }
        }
    }

    /// <summary>
    /// Ends the session on the server, if it is still there: one whose settings could not be put back must not return
    /// to the pool.
    /// </summary>
    internal async Task EndAsync(CancellationToken cancellationToken)
    {
        if (Statements.EndSession is { } end && IsOpen)
        {
            try
            {
                await ExecuteAsync(end, static _ => { }, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception)
            {
                // To be cut off is the answer that was asked for.
            }
        }
    }

    /// <summary>From now on no statement is prepared here.</summary>
    internal SqlStatements StopPreparing() => Statements = Statements with { PrepareFrequent = false };

    /// <summary>Prepares a frequent statement, which asks the server only the first time on its connection.</summary>
    private Task PrepareAsync(DbCommand command, CancellationToken cancellationToken) =>
        Statements.IsPrepared(command.CommandText) ? command.PrepareAsync(cancellationToken) : Task.CompletedTask;

    /// <summary>
    /// Reads to the end: a server may send a row before it commits, and an error after it, which a driver passes over
    /// when a reader is closed early.
    /// </summary>
    private static async Task DrainAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        do
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
            }
        }
        while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));
    }

    private DbCommand Command(string text, Action<DbCommand> addParameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;

        // Ours are the tokens; the driver's own, in whole seconds, would cut long waits.
        command.CommandTimeout = 0;
        addParameters(command);
        return command;
    }
}
