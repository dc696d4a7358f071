using System.Data.Common;
using DistributedLocking.Sql.Connections;
using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.Sql.Tables;

/// <summary>
/// Deletes the rows of keys that nobody used for a long time, a few at a time in the background. It takes only rows that nobody has locked or leased,
/// and only marks that the database's clock has passed, so that the next token of such a key is larger all the same.
/// </summary>
internal sealed class UnusedRows(SqlDatabase database, TimeSpan retention) : IAsyncDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    /// <summary>Fewer are deleted by one statement, so that it stays short.</summary>
    private const int Batch = 500;

    private readonly CancellationTokenSource _stop = new();
    private readonly TimeSpan _pause = retention / 10 < LongestPause ? retention / 10 : LongestPause;
    private long _nextAt = database.Time.GetTimestamp();

    /// <summary>Whether a row that is locked should be marked as used when it is released.</summary>
    internal bool NeedsMark(RowState row) => IsOn && row.Now - row.UsedAt > DatabaseTime.Microseconds(_pause);

    /// <summary>Starts to delete, unless that has been done lately.</summary>
    internal void DeleteNowAndThen()
    {
        var next = Volatile.Read(ref _nextAt);
        var now = database.Time.GetTimestamp();
        if (IsOn && now >= next && Interlocked.CompareExchange(ref _nextAt, now + (long)(_pause.TotalSeconds * database.Time.TimestampFrequency), next) == next)
        {
            _ = DeleteAsync();
        }
    }

    /// <summary>Deletes all unused rows.</summary>
    internal async Task DeleteAsync()
    {
        try
        {
            int deleted;
            do
            {
                deleted = await database.RunAsync(DeleteSomeAsync, _stop.Token).ConfigureAwait(false);
                if (deleted > 0)
                {
                    Log.RowsDeleted(database.Logger, deleted);
                }
            }
            while (deleted >= Batch);
        }
        catch (Exception e)
        {
            if (!_stop.IsCancellationRequested)
            {
                Log.RowsNotDeleted(database.Logger, e);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task<int> DeleteSomeAsync(SqlSession session, CancellationToken cancellationToken)
    {
        var statements = session.Statements;
        var keys = await session.QueryAsync(statements.FindUnused, AddCutoff, KeyList.ReadAsync, cancellationToken).ConfigureAwait(false);
        if (keys.Count == 0)
        {
            return 0;
        }

        try
        {
            var locked = await session.QueryAsync(
                KeyList.Expand(statements.LockUnused, "key", keys.Count),
                command =>
                {
                    AddCutoff(command);
                    command.AddKeys(keys);
                },
                KeyList.ReadAsync,
                cancellationToken).ConfigureAwait(false);
            if (locked.Count > 0)
            {
                await session.ExecuteAsync(
                    KeyList.Expand(statements.DeleteRows, "key", locked.Count), command => command.AddKeys(locked), cancellationToken).ConfigureAwait(false);
            }

            await session.ExecuteAsync(statements.Commit, static _ => { }, cancellationToken).ConfigureAwait(false);
            return locked.Count;
        }
        catch (Exception)
        {
            await session.RollBackAsync(cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    private void AddCutoff(DbCommand command) => command.Add("@cutoff", DatabaseTime.Microseconds(retention));

    private bool IsOn => retention != Timeout.InfiniteTimeSpan;
}
