using System.Data;
using System.Data.Common;
using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.Sql.Connections;

/// <summary>One open connection. Used by one caller at a time.</summary>
/// <param name="connection">The connection.</param>
/// <param name="statements">The statements for its server.</param>
/// <param name="idle">Where it is kept between two uses; null if it goes back to the driver's pool.</param>
internal sealed class SqlSession(DbConnection connection, SqlStatements statements, IdleSessions? idle = null) : IAsyncDisposable
{
    /// <summary>
    /// The commands of frequent statements, where they can be used again, with their parameters: a driver need not
    /// parse their texts another time.
    /// </summary>
    private readonly Dictionary<string, DbCommand>? _commands = idle is null ? null : new(StringComparer.Ordinal);

    private bool _hasFailed;

    /// <summary>The lease that the session's settings are for; null where they may be others.</summary>
    private TimeSpan? _settings;

    internal SqlStatements Statements { get; private set; } = statements;

    /// <summary>
    /// Whether the driver still believes in the connection. When it does not, the server ends the session's
    /// transaction.
    /// </summary>
    internal bool IsOpen => connection.State == ConnectionState.Open;

    /// <summary>
    /// Ends the use. A session where anything has failed is not kept: the driver's pool sets it right.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        if (!IsOpen)
        {
            idle?.Distrust();
        }

        return idle is not null && !_hasFailed && IsOpen && idle.TryKeep(this) ? ValueTask.CompletedTask : CloseAsync();
    }

    /// <summary>Returns the connection to the driver's pool.</summary>
    internal async ValueTask CloseAsync()
    {
        await using (connection.ConfigureAwait(false))
        {
            await ForgetCommandsAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The statement that locks a row without waiting.</summary>
    internal string TryLock(TimeSpan timeToLive) => _settings == timeToLive && Statements.TryLockAgain is { } again ? again : Statements.TryLock;

    /// <summary>Notes that a locking statement or a renewal has made the settings those of a lease.</summary>
    internal void NoteSettings(TimeSpan timeToLive) => _settings = timeToLive;

    internal Task<int> ExecuteAsync(string text, Action<DbCommand> setParameters, CancellationToken cancellationToken) =>
        RunAsync(text, setParameters, 0, static (command, _, token) => command.ExecuteNonQueryAsync(token), cancellationToken);

    internal Task<T> QueryAsync<T>(
        string text, Action<DbCommand> setParameters, Func<DbDataReader, CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken) =>
        RunAsync(text, setParameters, read, ReadAsync, cancellationToken);

    /// <summary>In the transaction that locks the key's row: stores the row's mark and commits.</summary>
    /// <param name="key">The key.</param>
    /// <param name="token">The mark.</param>
    /// <param name="isDurable">Whether the mark must have reached the disk when this returns.</param>
    /// <param name="cancellationToken">Ends the exchange.</param>
    internal Task<int> StoreMarkAsync(byte[] key, long token, bool isDurable, CancellationToken cancellationToken) =>
        ExecuteAsync(
            $"{(isDurable ? Statements.BeDurable : null)}{Statements.StoreMark};{Statements.Commit}",
            command =>
            {
                command.Set("@key", key);
                command.Set("@token", token);
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

    /// <summary>Ends the use, rolled back; within the bound, whatever state the connection is in.</summary>
    internal async Task AbandonAsync(TimeSpan bound, TimeProvider time)
    {
        await using (this.ConfigureAwait(false))
        {
            await TryRollBackAsync(bound, time).ConfigureAwait(false);
        }
    }

    /// <summary>Rolls back within the bound, whatever state the connection is in.</summary>
    internal async Task TryRollBackAsync(TimeSpan bound, TimeProvider time)
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
    internal async ValueTask<SqlStatements> StopPreparingAsync()
    {
        await ForgetCommandsAsync().ConfigureAwait(false);
        return Statements = Statements with { PrepareFrequent = false };
    }

    private static async Task<T> ReadAsync<T>(
        DbCommand command, Func<DbDataReader, CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            var result = await read(reader, cancellationToken).ConfigureAwait(false);
            await DrainAsync(reader, cancellationToken).ConfigureAwait(false);
            return result;
        }
    }

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

    private async Task<T> RunAsync<TState, T>(
        string text, Action<DbCommand> setParameters, TState state, Func<DbCommand, TState, CancellationToken, Task<T>> run, CancellationToken cancellationToken)
    {
        using var driver = new DriverCancellation(cancellationToken);
        DbCommand? kept = null;
        var isNew = _commands?.Remove(text, out kept) is not true;
        var command = kept ?? Command(text);
        var isDone = false;
        try
        {
            setParameters(command);
            if (isNew && Statements.PrepareFrequent && Statements.IsFrequent(text))
            {
                // Asks the server only the first time on its connection.
                await command.PrepareAsync(driver.Token).ConfigureAwait(false);
            }

            var result = await run(command, state, driver.Token).ConfigureAwait(false);
            isDone = true;
            return result;
        }
        finally
        {
            _hasFailed |= !isDone;
            var isFrequent = isDone && Statements.IsFrequent(text);
            _settings = isFrequent ? _settings : null;
            if (isFrequent && _commands is not null)
            {
                _commands.Add(text, command);
            }
            else
            {
                await command.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async ValueTask ForgetCommandsAsync()
    {
        if (_commands is not null)
        {
            foreach (var command in _commands.Values)
            {
                await command.DisposeAsync().ConfigureAwait(false);
            }

            _commands.Clear();
        }
    }

    private DbCommand Command(string text)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;

        // Ours are the tokens; the driver's own, in whole seconds, would cut long waits.
        command.CommandTimeout = 0;
        return command;
    }
}
