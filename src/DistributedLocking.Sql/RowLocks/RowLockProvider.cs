using System.Collections.Concurrent;
using DistributedLocking.Providers;
using DistributedLocking.Sql.Connections;
using DistributedLocking.Sql.Keys;
using DistributedLocking.Sql.Tables;

namespace DistributedLocking.Sql.RowLocks;

/// <summary>
/// A lock is a row that a transaction of its own keeps locked. Its connection is its lease: the database frees the row
/// when the connection ends, and ends the transaction itself when it has been idle for the time to live.
/// </summary>
internal sealed class RowLockProvider(SqlDatabase database, KeysByMode keys, UnusedRows unusedRows, SqlLockOptions options) : ILockProvider
{
    /// <summary>
    /// The longest wait in one statement, which databases can count. After it the waiter goes to the end of the
    /// database's queue.
    /// </summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<LeaseReference, HeldRow> _held = new();
    private readonly ConnectionLimit _limit = new(options.MaxConnections, database.PoolSize);
    private readonly TimeSpan _longHoldWarning = options.LongHoldWarning;
    private readonly SessionWatch _watch = new(database);
    private readonly CancellationTokenSource _stop = new();

    public string Name => database.Dialect.Name;

    public LockProviderCapabilities Capabilities =>
        LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Queue | LockProviderCapabilities.Fencing;

    public async ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        var start = database.Time.GetTimestamp();
        while (true)
        {
            var begin = database.Time.GetTimestamp();
            var left = request.StoreWait < TimeSpan.Zero ? TimeSpan.MaxValue : request.StoreWait - database.Time.GetElapsedTime(start, begin);
            var longest = _watch.IsPossible ? LongestWait : SessionWatch.Pause;
            var wait = left < TimeSpan.Zero ? TimeSpan.Zero : left < longest ? left : longest;
            var isInQueue = wait > TimeSpan.Zero && _limit.TryBeginWait();
            AcquireReply reply;
            try
            {
                reply = await AskAsync(request, start, begin, isInQueue ? wait : TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                if (isInQueue)
                {
                    _limit.EndWait();
                }
            }

            if (reply.IsGranted || !isInQueue || left <= wait || database.Time.GetElapsedTime(begin) < wait)
            {
                unusedRows.DeleteNowAndThen();
                return reply;
            }
        }
    }

    public async ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken)
    {
        // All are sent before the first is awaited.
        var replies = new Task<RenewalReply>[batch.Count];
        for (var i = 0; i < replies.Length; i++)
        {
            var (lease, timeToLive) = batch[i];
            replies[i] = _held.TryGetValue(lease, out var row)
                ? row.RenewAsync(timeToLive, cancellationToken)
                : Task.FromResult(new RenewalReply(RenewalOutcome.Lost));
        }

        return await Task.WhenAll(replies).ConfigureAwait(false);
    }

    public async ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken) =>
        _held.TryRemove(lease, out var row) && await row.ReleaseAsync(cancellationToken).ConfigureAwait(false);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        foreach (var lease in _held.Keys)
        {
            if (_held.TryRemove(lease, out var row))
            {
                await row.DisposeAsync().ConfigureAwait(false);
            }
        }

        await _watch.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task<AcquireReply> AskAsync(AcquireRequest request, long start, long begin, TimeSpan wait, CancellationToken cancellationToken)
    {
        _limit.Take();
        var opening = new SessionOpening(database);
        using var watched = wait > SessionWatch.Pause ? new WatchedWait(cancellationToken) : null;
        try
        {
            return await database.BoundAsync(
                token => AttemptAsync(request, opening, watched, start, begin, wait, token),
                database.Timeout + wait,
                late: _ => ReleaseAsync(Lease(request), CancellationToken.None).AsTask(),
                watched?.Token ?? cancellationToken,
                opening).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (watched is { IsLost: true } && !cancellationToken.IsCancellationRequested)
        {
            throw new DistributedLockUnavailableException("The session that waited for the lock is lost: its server is gone, or knows it no more.", e);
        }
        catch (DistributedLockUnavailableException e) when (e.IsUnsent && _limit.IsPoolUsedUp)
        {
            throw _limit.PoolUsedUp(e);
        }
    }

    private async Task<AcquireReply> AttemptAsync(
        AcquireRequest request, SessionOpening opening, WatchedWait? watched, long start, long begin, TimeSpan wait, CancellationToken cancellationToken)
    {
        SqlSession? session = null;
        var isKept = false;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        try
        {
            var key = keys.Encode(request.Key, request.Mode);
            var end = begin + (long)(wait.TotalSeconds * database.Time.TimestampFrequency);
            RowLockResult? result = null;
            while (result is null)
            {
                session = await opening.OpenAsync(cancellationToken, either.Token).ConfigureAwait(false);
                var attempt = new RowLockAttempt(database, session, key, request, end);
                try
                {
                    if (watched is not null)
                    {
                        await _watch.BeginAsync(watched, session, either.Token).ConfigureAwait(false);
                    }

                    result = await DeadlockRetry.RunAsync(database, session, attempt.LockAsync, either.Token).ConfigureAwait(false);
                }
                catch (Exception e) when (database.Dialect.HasEndedWhenIdle(e))
                {
                    // The pool did not know. Each that is found out leaves it.
                    await session.DisposeAsync().ConfigureAwait(false);
                    session = null;
                }
            }

            var locked = result.Value;
            if (locked.Token is not { } token)
            {
                var row = locked.State;
                return AcquireReply.NotGranted(row.IsLocked ? DatabaseTime.FromMicroseconds(row.ExpiresAt - row.Now) : null);
            }

            var held = new HeldRow(database, session!, _limit, _longHoldWarning) { Mark = MayWrite(request) && unusedRows.NeedsMark(locked.State) ? (key, token + request.Tokens - 1) : null };
            isKept = true;
            _held[Lease(request)] = held;
            return Granted(token, request, database.Time.GetElapsedTime(start));
        }
        finally
        {
            if (watched is not null)
            {
                _watch.End(watched);
            }

            if (!isKept)
            {
                if (session is not null)
                {
                    await session.AbandonAsync(database.Timeout, database.Time).ConfigureAwait(false);
                }

                _limit.Release();
            }
        }
    }

    private static LeaseReference Lease(AcquireRequest request) => new(request.Key, request.OwnerId) { Mode = request.Mode };

    /// <summary>A reader that wrote to the row would have to wait for the others to leave.</summary>
    private static bool MayWrite(AcquireRequest request) => request.Limit == 1;

    /// <summary>
    /// The database's lease begins when it grants the row, and the engine counts from before the request was sent.
    /// After a long wait little would be left of the lease, so the grant is an offer that a renewal confirms.
    /// </summary>
    private static AcquireReply Granted(long token, AcquireRequest request, TimeSpan waited) =>
        AcquireReply.Granted(token, request.StoreWait != TimeSpan.Zero && waited > request.TimeToLive / 20 ? request.TimeToLive : null, request.Tokens);
}
