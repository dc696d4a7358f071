using System.Data.Common;
using DistributedLocking.Sql.Dialects;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Sql.Connections;

/// <summary>
/// The database as the engines use it: every call has a bound of ours and ends at once when it is cancelled, while the
/// driver may take its time to give up in the background. The table is created when it turns out to be missing.
/// </summary>
internal sealed class SqlDatabase(DbDataSource dataSource, bool ownsDataSource, SqlLockDialect lockDialect, SqlLockOptions options, TimeProvider time, ILogger logger)
    : IAsyncDisposable
{
    private readonly SqlTable _table = new(options.Schema, options.Table);
    private readonly SqlLockMode _mode = options.Mode;
    private readonly bool _createTable = options.CreateTable;
    private readonly ServerAddress _server = new(dataSource, lockDialect.Dialect, time);

    /// <summary>Null where the data source is not ours: of a pool that others use, nothing is kept from them.</summary>
    private readonly IdleSessions? _idle = ownsDataSource ? new IdleSessions(time) : null;

    private volatile SqlStatements? _statements;

    internal SqlLockDialect LockDialect => lockDialect;

    /// <summary>Whether there are statements for a table of holders.</summary>
    internal bool HasHolders { get; } = lockDialect.Dialect.DescribeHolders(new SqlTable(options.Schema, options.Table), commitsTogether: false) is not null;

    internal SqlDialect Dialect => lockDialect.Dialect;

    internal TimeProvider Time => time;

    internal ILogger Logger => logger;

    internal TimeSpan Timeout { get; } = options.CommandTimeout;

    internal int PoolSize { get; } = Connections.PoolSize.Of(dataSource);

    /// <summary>Runs work on a connection from the pool, and returns it.</summary>
    /// <typeparam name="T">The work's result.</typeparam>
    /// <param name="work">The work; it gets a token that ends at the bound or with the caller's.</param>
    /// <param name="cancellationToken">Ends the caller's wait at once, and the work soon.</param>
    /// <exception cref="DistributedLockUnavailableException">
    /// The database failed, or did not answer in time.
    /// </exception>
    internal Task<T> RunAsync<T>(Func<SqlSession, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        var opening = new SessionOpening(this);
        return BoundAsync(
            async token =>
            {
                while (true)
                {
                    var session = await opening.OpenAsync(token, token).ConfigureAwait(false);
                    await using (session.ConfigureAwait(false))
                    {
                        try
                        {
                            return await RepairingAsync(session, work, token).ConfigureAwait(false);
                        }
                        catch (Exception e) when (Dialect.HasEndedWhenIdle(e))
                        {
                            // The pool did not know. Each that is found out leaves it.
                        }
                        catch (Exception)
                        {
                            // Where a statement does not commit by itself, what it has locked would stay locked in the
                            // pool.
                            await session.TryRollBackAsync(Timeout, time).ConfigureAwait(false);
                            throw;
                        }
                    }
                }
            },
            Timeout,
            late: null,
            cancellationToken,
            opening);
    }

    /// <summary>
    /// Waits for work no longer than the bound. Work that goes on after that is told to end, and what it still yields
    /// is disposed of.
    /// </summary>
    /// <typeparam name="T">The work's result.</typeparam>
    /// <param name="work">The work; it gets a token that ends at the bound or with the caller's.</param>
    /// <param name="bound">How long to wait.</param>
    /// <param name="late">Disposes of a result that comes later.</param>
    /// <param name="cancellationToken">Ends the caller's wait at once, and the work soon.</param>
    /// <param name="opening">
    /// The opening of the session that the work begins with, if it does: without one, nothing can come of it.
    /// </param>
    internal async Task<T> BoundAsync<T>(
        Func<CancellationToken, Task<T>> work, TimeSpan bound, Func<T, Task>? late, CancellationToken cancellationToken, SessionOpening? opening = null)
    {
        using var end = new CancellationTokenSource(bound, time);
        using var passedOn = cancellationToken.UnsafeRegister(static end => ((CancellationTokenSource)end!).Cancel(), end);
        var running = work(end.Token);
        try
        {
            return await running.WaitAsync(end.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Finish(running, late);
            var isUnsent = opening is { IsDone: false };
            if (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(null, isUnsent ? SqlErrors.Unsent(SqlErrors.Translate(e, Dialect)) : e, cancellationToken);
            }

            var failure = end.IsCancellationRequested
                ? isUnsent ? SqlErrors.NotOpened(bound, e, _server.Name) : SqlErrors.TimedOut(bound, e, _server.Name)
                : SqlErrors.Translate(e, Dialect, _server.Name, await FindCauseAsync(e).ConfigureAwait(false));
            throw isUnsent ? SqlErrors.Unsent(failure) : failure;
        }
    }

    /// <summary>Opens a session, or takes one that was used a moment ago.</summary>
    internal ValueTask<SqlSession> OpenAsync(CancellationToken cancellationToken) =>
        _idle?.TakeOrBeginOpening() is { } kept ? ValueTask.FromResult(kept) : new(OpenNewAsync(cancellationToken));

    /// <summary>In a transaction that locks a row: keeps it alive for the lease from now on.</summary>
    internal async Task<int> RenewRowAsync(SqlSession session, TimeSpan timeToLive, CancellationToken cancellationToken)
    {
        var rows = await session.ExecuteAsync(
            session.Statements.Renew, command => lockDialect.AddRowLockParameters(command, timeToLive, TimeSpan.Zero), cancellationToken).ConfigureAwait(false);
        session.NoteSettings(timeToLive);
        return rows;
    }

    /// <summary>
    /// Runs work, and once more if what it needs is missing and can be made good: the table is created, or nothing is
    /// prepared any more.
    /// </summary>
    internal async Task<T> RepairingAsync<T>(SqlSession session, Func<SqlSession, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await work(session, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (_createTable && Dialect.Classify(e) == SqlFault.TableMissing)
        {
            await session.RollBackAsync(cancellationToken).ConfigureAwait(false);
            await CreateTablesAsync(session, cancellationToken).ConfigureAwait(false);
            return await work(session, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (session.Statements.PrepareFrequent && Dialect.Classify(e) == SqlFault.NotPrepared)
        {
            // Somebody else who uses the connection, or a pooler, made it forget.
            await session.RollBackAsync(cancellationToken).ConfigureAwait(false);
            _statements = await session.StopPreparingAsync().ConfigureAwait(false);
            return await work(session, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// After a wait for a row that has ended: whether it can have been for the row. The session is rolled back.
    /// </summary>
    /// <exception cref="DistributedLockUnavailableException">Somebody has locked the whole table.</exception>
    internal async Task ThrowIfTableIsLockedAsync(SqlSession session, CancellationToken cancellationToken)
    {
        if (Dialect.ProbeTable(_table) is { } probe)
        {
            await session.RollBackAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await session.ExecuteAsync($"BEGIN;{probe};ROLLBACK", static _ => { }, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (Dialect.Classify(e) == SqlFault.LockTimeout)
            {
                throw SqlErrors.TableLocked(e);
            }
        }
    }

    /// <summary>Says why the server can't be reached; null when it can, or that is unknown.</summary>
    internal Task<string?> FindFaultAsync() => _server.FindFaultAsync();

    public async ValueTask DisposeAsync()
    {
        if (_idle is not null)
        {
            await _idle.DisposeAsync().ConfigureAwait(false);
            await dataSource.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Disposes of what work yields that nobody waits for any more.</summary>
    internal static void Finish<T>(Task<T> running, Func<T, Task>? late)
    {
        _ = running.ContinueWith(
            ended =>
            {
                // It fails for nobody: its caller has been told already.
                _ = ended.IsCompletedSuccessfully ? late?.Invoke(ended.Result) : (object?)ended.Exception;
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    /// <summary>Asks the server itself where a driver does not say why it can't connect.</summary>
    private Task<string?> FindCauseAsync(Exception error) =>
        error is DistributedLockUnavailableException || SqlErrors.IsAnswer(error) || SqlErrors.Explain(error, Dialect, _server.Name) is not null
            ? Task.FromResult<string?>(null)
            : _server.FindFaultAsync();

    private async Task<SqlSession> OpenNewAsync(CancellationToken cancellationToken)
    {
        DbConnection connection;
        try
        {
            connection = await PrivateConnection.OpenAsync(dataSource, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _idle?.EndOpening();
        }

        try
        {
            if (_statements is null)
            {
                // Two first uses may both look at the server, which is harmless.
                using var driver = new DriverCancellation(cancellationToken);
                var described = await lockDialect.DescribeAsync(connection, _table, _mode, logger, driver.Token).ConfigureAwait(false);
                _statements = described with { Holders = Dialect.DescribeHolders(_table, described.CommitsTogether) };
            }

            return new SqlSession(connection, _statements, _idle);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task CreateTablesAsync(SqlSession session, CancellationToken cancellationToken)
    {
        await CreateTableAsync(session, _table, Dialect.CreateLockTable(_table), cancellationToken).ConfigureAwait(false);
        if (Dialect.CreateHolderTable(_table) is { } createHolders)
        {
            await CreateTableAsync(session, HolderStatements.TableOf(_table), createHolders, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task CreateTableAsync(SqlSession session, SqlTable table, string statement, CancellationToken cancellationToken)
    {
        try
        {
            await session.ExecuteAsync(statement, static _ => { }, cancellationToken).ConfigureAwait(false);
            Log.TableCreated(logger, Dialect.Quote(table));
        }
        catch (Exception e) when (Dialect.Classify(e) == SqlFault.AlreadyExists)
        {
            // Another process was first: "if not exists" does not cover a creation that is not committed yet.
        }
    }
}
