using System.Security.Cryptography;
using DistributedLocking.Providers;
using DistributedLocking.Sql.Connections;
using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.Sql.RowLocks;

/// <summary>Locks one key's row on one session, and finds its fencing tokens, as many in a row as are wanted.</summary>
internal sealed class RowLockAttempt(SqlDatabase database, SqlSession session, byte[] key, AcquireRequest request, long waitEnd)
{
    /// <summary>
    /// How long others leave a reserved token to the one that reserved it. Else those that wait would outbid each other
    /// for ever.
    /// </summary>
    private static readonly TimeSpan ReservationLasts = TimeSpan.FromMilliseconds(100);

    private const int LongestYield = 20;

    private readonly TimeSpan _timeToLive = request.TimeToLive;
    private readonly int _tokens = request.Tokens;

    /// <summary>
    /// Above the mark there is one token that writers leave to readers, who can't store one of their own while others
    /// read.
    /// </summary>
    private readonly int _forReaders = request.Mode == LockMode.Shared ? 1 : 0;

    private bool IsReader => request.Limit > 1;

    /// <summary>Locks the row.</summary>
    /// <returns>
    /// The row with its token; a state that is not locked when somebody else has the row to the end of the wait.
    /// </returns>
    internal async Task<RowLockResult> LockAsync(CancellationToken cancellationToken)
    {
        var row = await AskAsync("", cancellationToken).ConfigureAwait(false);
        if (row is { IsLocked: false, Exists: false })
        {
            row = await AskAsync(session.Statements.CreateRow + ";", cancellationToken).ConfigureAwait(false);
        }

        long? reserved = null;
        while (row.IsLocked && row.ExpiresAt <= row.Now)
        {
            if (row.Token == reserved)
            {
                return new RowLockResult(row, row.Token - _tokens + 1);
            }

            if (IsReader)
            {
                return new RowLockResult(row, Math.Max(row.Token + 1, row.Now));
            }

            if (row.Now > row.Token + _forReaders)
            {
                await OutlastTokensAsync(cancellationToken).ConfigureAwait(false);
                return new RowLockResult(row, row.Now);
            }

            // A row written "in the future" was written before the clock was set back.
            var age = row.Now - row.UsedAt;
            if (age >= 0 && age < DatabaseTime.Microseconds(ReservationLasts) && Remaining() > TimeSpan.Zero)
            {
                await session.RollBackAsync(cancellationToken).ConfigureAwait(false);
                var pause = TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(1, LongestYield));
                await Task.Delay(pause, database.Time, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                // The database's clock is behind the mark. The next tokens are stored before the lock is granted, since
                // a holder that dies commits nothing, and on the disk: no clock would raise them after a crash.
                reserved = row.Token + _forReaders + _tokens;
                await session.StoreMarkAsync(key, reserved.Value, isDurable: true, cancellationToken).ConfigureAwait(false);
            }

            row = await AskAsync("", cancellationToken).ConfigureAwait(false);
        }

        return new RowLockResult(row, null);
    }

    /// <summary>
    /// The tokens after the first are the microseconds that follow on the database's clock. They can be used when that
    /// has passed them all and the row was still locked then: whoever locks it next gets a later time. Twice as long,
    /// as clocks differ a little.
    /// </summary>
    private async Task OutlastTokensAsync(CancellationToken cancellationToken)
    {
        if (_tokens == 1)
        {
            return;
        }

        var start = database.Time.GetTimestamp();
        TimeSpan sentAfter;
        do
        {
            sentAfter = database.Time.GetElapsedTime(start);
            await database.RenewRowAsync(session, _timeToLive, cancellationToken).ConfigureAwait(false);
        }
        while (sentAfter <= TimeSpan.FromMicroseconds(2 * _tokens));
    }

    /// <summary>Asks in one round trip, after other statements if there are any.</summary>
    private async Task<RowState> AskAsync(string before, CancellationToken cancellationToken)
    {
        var wait = Remaining();
        try
        {
            return await database.RepairingAsync(session, AskOnceAsync, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is WaitEndedException || database.Dialect.Classify(e) == SqlFault.LockTimeout)
        {
            await database.ThrowIfTableIsLockedAsync(session, cancellationToken).ConfigureAwait(false);
            return new RowState { Exists = true };
        }

        // Statements that come before the locking one may wait too, for somebody who creates the row, and their limit
        // is another.
        Task<RowState> AskOnceAsync(SqlSession session, CancellationToken token) =>
            (session.Statements.ClientEndsWait || before.Length > 0) && wait > TimeSpan.Zero
                ? EndingWaitAsync(session, before, wait, token)
                : QueryAsync(session, before, wait, token);
    }

    private async Task<RowState> QueryAsync(SqlSession session, string before, TimeSpan wait, CancellationToken cancellationToken)
    {
        var row = await session.QueryAsync(
            before + LockingStatement(session, wait > TimeSpan.Zero),
            command =>
            {
                command.Set("@key", key);
                database.LockDialect.AddRowLockParameters(command, _timeToLive, wait);
            },
            database.LockDialect.ReadRowAsync,
            cancellationToken).ConfigureAwait(false);
        session.NoteSettings(_timeToLive);
        return row;
    }

    private string LockingStatement(SqlSession session, bool waits)
    {
        var statements = session.Statements;
        var (wait, attempt) = request.Mode == LockMode.Exclusive ? (null, null)
            : IsReader ? (statements.LockForReader, statements.TryLockForReader)
            : (statements.LockForWriter, statements.TryLockForWriter);
        return waits ? wait ?? statements.Lock : attempt ?? session.TryLock(_timeToLive);
    }

    private async Task<RowState> EndingWaitAsync(SqlSession session, string before, TimeSpan wait, CancellationToken cancellationToken)
    {
        using var end = new CancellationTokenSource(wait, database.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, cancellationToken);
        try
        {
            return await QueryAsync(session, before, wait, either.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (end.IsCancellationRequested && !cancellationToken.IsCancellationRequested
            && (e is OperationCanceledException || database.Dialect.Classify(e) == SqlFault.LockTimeout))
        {
            throw new WaitEndedException(e);
        }
    }

    private TimeSpan Remaining()
    {
        var now = database.Time.GetTimestamp();
        return waitEnd <= now ? TimeSpan.Zero : database.Time.GetElapsedTime(now, waitEnd);
    }
}
