using System.Data.Common;
using System.Globalization;
using DistributedLocking.Sql.Connections;

namespace DistributedLocking.Sql.RowLocks;

/// <summary>
/// Looks after those who wait in the database's queue: whether their sessions are still there. A wait can then be one
/// statement however long it is, and keeps its place; one whose server has vanished without a word, or has forgotten
/// the session, learns of it. All of a process share one look.
/// </summary>
internal sealed class SessionWatch : IAsyncDisposable
{
    /// <summary>The pause between two looks. Shorter waits are not looked after.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private readonly object _lock = new();
    private readonly HashSet<WatchedWait> _waits = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly SqlDatabase _database;
    private readonly ITimer _timer;
    private bool _isLooking;

    internal SessionWatch(SqlDatabase database)
    {
        _database = database;
        _timer = database.Time.CreateTimer(
            static self => _ = ((SessionWatch)self!).LookAsync(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether the database can be asked for sessions.</summary>
    internal bool IsPossible => _database.Dialect.AskForSession is not null;

    /// <summary>Begins to look after a wait, once its session is known.</summary>
    /// <param name="wait">The wait.</param>
    /// <param name="session">The session that is about to wait.</param>
    /// <param name="cancellationToken">Ends the exchange.</param>
    internal async Task BeginAsync(WatchedWait wait, SqlSession session, CancellationToken cancellationToken)
    {
        wait.Session = await AskAsync(session, cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            if (_waits.Add(wait) && _waits.Count == 1)
            {
                _timer.Change(Pause, Pause);
            }
        }
    }

    /// <summary>Ends it.</summary>
    internal void End(WatchedWait wait)
    {
        lock (_lock)
        {
            if (_waits.Remove(wait) && _waits.Count == 0)
            {
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private static async ValueTask<List<long>> ReadAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        List<long> numbers = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            numbers.Add(Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture));
        }

        return numbers;
    }

    /// <summary>
    /// A server that has vanished does not answer this either, which the wait's own bound would be too long for.
    /// </summary>
    private async Task<long> AskAsync(SqlSession session, CancellationToken cancellationToken)
    {
        using var end = new CancellationTokenSource(_database.Timeout, _database.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, cancellationToken);
        var asked = session.QueryAsync(_database.Dialect.AskForSession!, static _ => { }, ReadAsync, either.Token);
        try
        {
            return (await asked.WaitAsync(either.Token).ConfigureAwait(false))[0];
        }
        catch (OperationCanceledException e)
        {
            SqlDatabase.Finish(asked, late: null);
            if (end.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw SqlErrors.TimedOut(_database.Timeout, e);
            }

            // The driver ends it, and the session is not to be used before.
            await ((Task)asked.WaitAsync(_database.Timeout, _database.Time, CancellationToken.None)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private async Task LookAsync()
    {
        WatchedWait[] waits;
        lock (_lock)
        {
            if (_isLooking)
            {
                return;
            }

            _isLooking = true;
            waits = [.. _waits];
        }

        try
        {
            if (waits.Length > 0 && await FindAsync(waits).ConfigureAwait(false) is { } found)
            {
                Array.ForEach(Array.FindAll(waits, wait => !found.Contains(wait.Session)), EndLost);
            }
        }
        catch (Exception)
        {
            // The provider has been disposed, and the waits with it.
        }
        finally
        {
            lock (_lock)
            {
                _isLooking = false;
            }
        }
    }

    /// <summary>The sessions that are still there; null when that can't be found out.</summary>
    private async Task<List<long>?> FindAsync(WatchedWait[] waits)
    {
        try
        {
            var text = _database.Dialect.FindSessions(string.Join(',', waits.Select(wait => wait.Session.ToString(CultureInfo.InvariantCulture))));
            return await _database.RunAsync((session, token) => session.QueryAsync(text, static _ => { }, ReadAsync, token), _stop.Token).ConfigureAwait(false);
        }
        catch (DistributedLockUnavailableException)
        {
            // The waits themselves may have all the connections that there are, or the server is slow: no reason to
            // lose their places.
            return await _database.FindFaultAsync().ConfigureAwait(false) is null ? null : [];
        }
    }

    private void EndLost(WatchedWait wait)
    {
        lock (_lock)
        {
            if (!_waits.Remove(wait))
            {
                return;
            }
        }

        wait.EndLost();
    }
}
