using DistributedLocking.Providers;
using DistributedLocking.Sql.Connections;
using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.Sql.RowLocks;

/// <summary>
/// A locked row with the session whose transaction locks it. Statements on the session run one after the other.
/// </summary>
internal sealed class HeldRow : IAsyncDisposable
{
    private readonly SqlDatabase _database;
    private readonly SqlSession _session;
    private readonly ConnectionLimit _limit;
    private readonly long _heldSince;
    private readonly TimeSpan _longHoldWarning;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _end = new();
    private volatile bool _isCommitted;
    private int _hasWarned;
    private int _disposed;

    /// <param name="database">Where the row is.</param>
    /// <param name="session">The session, which is the row's from now on.</param>
    /// <param name="limit">What the session counts against.</param>
    /// <param name="longHoldWarning">See <see cref="SqlLockOptions.LongHoldWarning"/>.</param>
    internal HeldRow(SqlDatabase database, SqlSession session, ConnectionLimit limit, TimeSpan longHoldWarning)
    {
        _database = database;
        _session = session;
        _limit = limit;
        _longHoldWarning = longHoldWarning;
        _heldSince = database.Time.GetTimestamp();
    }

    /// <summary>
    /// The mark to store when the lock is released, so that the row does not look unused; null when its mark is recent.
    /// </summary>
    internal (byte[] Key, long Token)? Mark { get; init; }

    internal async Task<RenewalReply> RenewAsync(TimeSpan timeToLive, CancellationToken cancellationToken)
    {
        WarnOfLongHold();
        try
        {
            await RunAsync(
                // Not cancelled when it takes too long, which would end the transaction of a database that is merely
                // slow. The next renewal waits for it.
                _ => _database.RenewRowAsync(_session, timeToLive, _end.Token),
                cancellationToken).ConfigureAwait(false);
            return new RenewalReply(RenewalOutcome.Renewed);
        }
        catch (Exception e)
        {
            // Without its connection the transaction is over, or will be before anybody could reach it again.
            var isAnswer = e.InnerException is not OperationCanceledException;
            var isLost = !_session.IsOpen || (isAnswer && _database.LockDialect.FailureEndsTransaction) || IsUndone(e);
            return new RenewalReply(isLost ? RenewalOutcome.Lost : RenewalOutcome.Unknown, e);
        }
    }

    /// <summary>Commits. False when the session had ended, and the lock with it.</summary>
    internal async Task<bool> ReleaseAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RunAsync(CommitAsync, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (DistributedLockUnavailableException e) when (!_session.IsOpen || IsUndone(e))
        {
            return false;
        }
        finally
        {
            await DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Closes the session once it is idle, without waiting for that. The database then frees the row.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            if (_isCommitted)
            {
                // At once, since the next acquire may follow at once: it would find no connection left that it may use.
                _limit.Release();
                _end.Dispose();
            }
            else
            {
                _ = CloseAsync();
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Commits, and returns the connection to the pool before the caller goes on, who may want it again at once.
    /// </summary>
    private async Task<int> CommitAsync(CancellationToken cancellationToken)
    {
        int rows;
        try
        {
            rows = Mark is { } mark
                ? await _session.StoreMarkAsync(mark.Key, mark.Token, isDurable: false, cancellationToken).ConfigureAwait(false)
                : await _session.ExecuteAsync(_session.Statements.Commit, static _ => { }, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception)
        {
            await _session.EndAsync(cancellationToken).ConfigureAwait(false);
            throw;
        }

        _isCommitted = true;
        try
        {
            await _session.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // A connection that can't be closed has been cut. The lock is released.
        }

        return rows;
    }

    /// <summary>Whether the database says that it has undone the transaction, while its session goes on.</summary>
    private bool IsUndone(Exception error) => _database.Dialect.Classify(error.InnerException ?? error) == SqlFault.Deadlock;

    private Task<int> RunAsync(Func<CancellationToken, Task<int>> statement, CancellationToken cancellationToken) =>
        _database.BoundAsync(
            async token =>
            {
                await _turn.WaitAsync(token).ConfigureAwait(false);
                try
                {
                    return await statement(token).ConfigureAwait(false);
                }
                finally
                {
                    _turn.Release();
                }
            },
            _database.Timeout,
            late: null,
            cancellationToken);

    private async Task CloseAsync()
    {
        try
        {
            await _end.CancelAsync().ConfigureAwait(false);
            await _turn.WaitAsync().ConfigureAwait(false);
            if (!_isCommitted)
            {
                await _session.AbandonAsync(_database.Timeout, _database.Time).ConfigureAwait(false);
            }
        }
        catch (Exception)
        {
            // A connection that can't be closed has been cut.
        }
        finally
        {
            _limit.Release();
            _end.Dispose();
        }
    }

    private void WarnOfLongHold()
    {
        var age = _database.Time.GetElapsedTime(_heldSince);
        if (_longHoldWarning != Timeout.InfiniteTimeSpan && age > _longHoldWarning && Interlocked.Exchange(ref _hasWarned, 1) == 0)
        {
            Log.HeldForLong(_database.Logger, age);
        }
    }
}
