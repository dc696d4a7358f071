using System.Data.Common;
using System.Globalization;
using DistributedLocking.Sql.Connections;
using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.Sql.Tables;

/// <summary>
/// Deletes the rows of keys that nobody used for a long time, a few at a time in the background. It takes only rows
/// that nobody has locked or leased, and only marks that the database's clock has passed, so that the next token of
/// such a key is larger all the same. It goes through the table once, by the primary key; of all processes one does, as
/// the claim says.
/// </summary>
internal sealed class UnusedRows(SqlDatabase database, TimeSpan retention) : IAsyncDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    /// <summary>No more are deleted by one statement, so that it stays short.</summary>
    private const int Batch = 500;

    private readonly CancellationTokenSource _stop = new();
    private readonly TimeSpan _pause = retention / 10 < LongestPause ? retention / 10 : LongestPause;
    private readonly CleanUpClaim _claim = new(database);
    private long _nextAt = database.Time.GetTimestamp();

    /// <summary>The last key that was looked at: where a pass that failed is taken up again.</summary>
    private byte[] _after = [];

    /// <summary>
    /// Whether the table of holders is looked after too: where nobody uses it, it need not exist, nor the right to it.
    /// </summary>
    internal bool HasHolders { get; set; }

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

    /// <summary>Deletes all unused rows, unless another process has done so lately or does.</summary>
    internal async Task DeleteAsync()
    {
        var deleted = 0;
        try
        {
            // What is left of the claim keeps the others from going through the table again.
            if (!await _claim.TakeAsync(_pause, _stop.Token).ConfigureAwait(false))
            {
                return;
            }

            var now = await ReadClockAsync().ConfigureAwait(false);
            while (await FindAsync(now).ConfigureAwait(false) is { Last: { } last } step)
            {
                foreach (var keys in step.Unused.Chunk(Batch))
                {
                    deleted += await database.RunAsync((session, token) => DeleteSomeAsync(session, keys, now, token), _stop.Token).ConfigureAwait(false);
                }

                _after = last;
                if (!await _claim.KeepAsync(_pause, _stop.Token).ConfigureAwait(false))
                {
                    return;
                }
            }

            _after = [];
            if (HasHolders)
            {
                await DeleteLapsedAsync(now).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            if (!_stop.IsCancellationRequested)
            {
                Log.RowsNotDeleted(database.Logger, e);
            }
        }

        if (deleted > 0)
        {
            Log.RowsDeleted(database.Logger, deleted);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    /// <summary>Deletes what crashed holders and waiters left of keys that nobody asks for any more.</summary>
    private async Task DeleteLapsedAsync(long now)
    {
        int deleted;
        do
        {
            deleted = await database.RunAsync(
                (session, token) => session.ExecuteAsync(session.Statements.Holders!.DeleteLapsed, command => command.Set("@now", now), token),
                _stop.Token).ConfigureAwait(false);
        }
        while (deleted > 0);
    }

    /// <summary>
    /// The database's clock, once for all rows: to ask it for each of millions takes longer than to read them.
    /// </summary>
    private Task<long> ReadClockAsync() => database.RunAsync(
        (session, token) => session.QueryAsync(
            $"SELECT {database.Dialect.Clock}",
            static _ => { },
            static async (reader, token) =>
            {
                await reader.ReadAsync(token).ConfigureAwait(false);
                return reader.GetInt64(0);
            },
            token),
        _stop.Token);

    private Task<Step> FindAsync(long now) => database.RunAsync(
        (session, token) => session.QueryAsync(
            session.Statements.FindUnused,
            command =>
            {
                command.Set("@after", _after);
                AddTimes(command, now);
            },
            Step.ReadAsync,
            token),
        _stop.Token);

    private async Task<int> DeleteSomeAsync(SqlSession session, byte[][] keys, long now, CancellationToken cancellationToken)
    {
        var statements = session.Statements;
        if (statements.LockUnused is not { } lockUnused)
        {
            return await session.ExecuteAsync(KeyList.Expand(statements.DeleteRows, "key", keys.Length), AddKeys, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            var locked = await session.QueryAsync(
                KeyList.Expand(lockUnused, "key", keys.Length), AddKeys, KeyList.ReadAsync, cancellationToken).ConfigureAwait(false);
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

        void AddKeys(DbCommand command)
        {
            AddTimes(command, now);
            command.AddKeys(keys);
        }
    }

    private void AddTimes(DbCommand command, long now)
    {
        command.Set("@now", now);
        command.Set("@cutoff", now - DatabaseTime.Microseconds(retention));
    }

    private bool IsOn => retention != Timeout.InfiniteTimeSpan;

    /// <summary>What one look at the table found.</summary>
    /// <param name="Unused">The keys of unused rows.</param>
    /// <param name="Last">The last key that was looked at; null at the end of the table.</param>
    private sealed record Step(List<byte[]> Unused, byte[]? Last)
    {
        internal static async ValueTask<Step> ReadAsync(DbDataReader reader, CancellationToken cancellationToken)
        {
            List<byte[]> unused = [];
            byte[]? last = null;
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                var key = (byte[])reader.GetValue(0);
                if (Convert.ToInt32(reader.GetValue(1), CultureInfo.InvariantCulture) != 0)
                {
                    unused.Add(key);
                }
                else
                {
                    last = key;
                }
            }

            return new Step(unused, last);
        }
    }
}
