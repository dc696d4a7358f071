using System.Data.Common;
using System.Globalization;
using DistributedLocking.Sql.Connections;
using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.Sql.Transactions;

/// <summary>
/// Runs our statements inside a transaction of the caller's, whose connection stays the caller's: none of them goes on
/// after a call has ended.
/// </summary>
internal sealed class UserTransaction
{
    private readonly DbConnection _connection;
    private readonly DbTransaction _transaction;
    private readonly TimeSpan _answerTime;

    private UserTransaction(SqlDialect dialect, DbConnection connection, DbTransaction transaction, TimeSpan answerTime, TimeProvider time)
    {
        Dialect = dialect;
        Time = time;
        _connection = connection;
        _transaction = transaction;
        _answerTime = answerTime;
    }

    internal SqlDialect Dialect { get; }

    internal DbConnection Connection => _connection;

    internal TimeProvider Time { get; }

    /// <summary>
    /// Looks at the transaction's connection, and asks its server what it is where neither the caller nor the driver's
    /// type says so.
    /// </summary>
    internal static async ValueTask<UserTransaction> OpenAsync(
        DbTransaction transaction, SqlDialect? dialect, TimeSpan answerTime, TimeProvider time, CancellationToken cancellationToken)
    {
        var connection = ConnectionOf(transaction);
        dialect ??= TransactionDialect.Of(connection)
            ?? await TransactionDialect.AskAsync(connection, transaction, answerTime, time, cancellationToken).ConfigureAwait(false);
        return new UserTransaction(dialect, connection, transaction, answerTime, time);
    }

    /// <summary>Runs statements of which one has a result named <c>token</c>.</summary>
    /// <param name="text">The statements.</param>
    /// <param name="addParameters">Adds their parameters.</param>
    /// <param name="wait">How long the statements themselves may wait for a lock.</param>
    /// <param name="isExact">
    /// Whether the call ends the wait exactly, rather than when the answer to it is long due.
    /// </param>
    /// <param name="cancellationToken">Ends the statement.</param>
    /// <returns>The token, or null without one.</returns>
    internal async Task<long?> QueryTokenAsync(
        string text, Action<DbCommand> addParameters, TimeSpan wait, bool isExact, CancellationToken cancellationToken)
    {
        using var end = new CancellationTokenSource(isExact ? wait : wait + _answerTime, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, cancellationToken);
        using var driver = new DriverCancellation(either.Token);
        try
        {
            var command = Command(_connection, text, addParameters);
            await using (command.ConfigureAwait(false))
            {
                var reader = await command.ExecuteReaderAsync(driver.Token).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    return await ReadTokenAsync(reader, driver.Token).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (end.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw isExact ? new WaitEndedException(e) : SqlErrors.TimedOut(wait + _answerTime, e);
        }
    }

    /// <summary>Runs a statement whose failure the caller need not know of, since it knows of an earlier one.</summary>
    internal async Task TryExecuteAsync(string? text, Action<DbCommand> addParameters)
    {
        if (text is null)
        {
            return;
        }

        try
        {
            using var end = new CancellationTokenSource(_answerTime, Time);
            using var driver = new DriverCancellation(end.Token);
            var command = Command(_connection, text, addParameters);
            await using (command.ConfigureAwait(false))
            {
                await command.ExecuteNonQueryAsync(driver.Token).ConfigureAwait(false);
            }
        }
        catch (Exception)
        {
            // The transaction can't be used any more, which its next statement says.
        }
    }

    /// <summary>Reads a whole number.</summary>
    internal async Task<long> ReadNumberAsync(string text, CancellationToken cancellationToken)
    {
        using var driver = new DriverCancellation(cancellationToken);
        var command = Command(_connection, text, static _ => { });
        await using (command.ConfigureAwait(false))
        {
            return Convert.ToInt64(await command.ExecuteScalarAsync(driver.Token).ConfigureAwait(false), CultureInfo.InvariantCulture);
        }
    }

    /// <summary>
    /// Creates a table on a second connection like ours: on MySQL it would commit the caller's transaction, and on
    /// PostgreSQL keep all others waiting for the new table until its end.
    /// </summary>
    internal async Task CreateTableAsync(string text, CancellationToken cancellationToken)
    {
        if ((_connection as ICloneable)?.Clone() is not DbConnection other)
        {
            throw new DistributedLockUnavailableException(
                "The table does not exist, and the driver's connections can't be cloned to create it outside of the transaction. Create it with a migration.")
            { IsTransient = false };
        }

        await using (other.ConfigureAwait(false))
        {
            using var end = new CancellationTokenSource(_answerTime, Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, cancellationToken);
            using var driver = new DriverCancellation(either.Token);
            try
            {
                await PrivateConnection.OpenAsync(other, either.Token).ConfigureAwait(false);
                var command = other.CreateCommand();
                await using (command.ConfigureAwait(false))
                {
                    command.CommandText = text;
                    await command.ExecuteNonQueryAsync(driver.Token).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (Dialect.Classify(e) == SqlFault.AlreadyExists)
            {
                // Somebody else was first.
            }
        }
    }

    /// <summary>After a wait for a row that has ended: whether it can have been for the row.</summary>
    /// <exception cref="DistributedLockUnavailableException">Somebody has locked the whole table.</exception>
    internal async Task ThrowIfTableIsLockedAsync(SqlTable table, string? undo, CancellationToken cancellationToken)
    {
        if (Dialect.ProbeTable(table) is not { } probe)
        {
            return;
        }

        try
        {
            await QueryTokenAsync(probe, static _ => { }, TimeSpan.Zero, isExact: false, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (Dialect.Classify(e) == SqlFault.LockTimeout)
        {
            await TryExecuteAsync(undo, static _ => { }).ConfigureAwait(false);
            throw SqlErrors.TableLocked(e);
        }
    }

    /// <summary>Turns what a driver threw into what callers know.</summary>
    internal Exception Translate(Exception error, CancellationToken cancellationToken, string table = "lock table")
    {
        if (cancellationToken.IsCancellationRequested && Dialect.Classify(error) != SqlFault.Deadlock)
        {
            return new OperationCanceledException("The call was cancelled.", error, cancellationToken);
        }

        return error is not DistributedLockException && Dialect.Classify(error) == SqlFault.Deadlock
            ? new SqlDeadlockException("The transaction was the victim of a deadlock or of a serialization failure. Roll it back and run it again.", error)
            : SqlErrors.Translate(error, Dialect, table: table);
    }

    private static DbConnection ConnectionOf(DbTransaction transaction)
    {
        InvalidOperationException? refusal = null;
        try
        {
            if (transaction.Connection is { } connection)
            {
                // Some drivers tell the connection of a transaction that has ended, and refuse only commands.
                using var command = connection.CreateCommand();
                command.Transaction = transaction;
                return connection;
            }
        }
        catch (InvalidOperationException e)
        {
            refusal = e;
        }

        throw new ArgumentException("The transaction has ended.", nameof(transaction), refusal);
    }

    private static async Task<long?> ReadTokenAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        long? token = null;
        do
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (string.Equals(reader.GetName(0), "token", StringComparison.Ordinal) && !await reader.IsDBNullAsync(0, cancellationToken).ConfigureAwait(false))
                {
                    token = reader.GetInt64(0);
                }
            }
        }
        while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));
        return token;
    }

    private DbCommand Command(DbConnection connection, string text, Action<DbCommand> addParameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        command.Transaction = _transaction;

        // Ours are the tokens; the driver's own, in whole seconds, would cut long waits.
        command.CommandTimeout = 0;
        addParameters(command);
        return command;
    }
}
