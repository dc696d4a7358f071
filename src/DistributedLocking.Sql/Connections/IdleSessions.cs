namespace DistributedLocking.Sql.Connections;

/// <summary>
/// Keeps sessions of a pool that is ours alone for a moment after their use: who takes one again at once needs not have
/// the driver reset it, a round trip or several statements, and finds its commands as they were. The pool gets what
/// nobody wants within the moment, and all that comes back while somebody waits for the pool to open one.
/// </summary>
internal sealed class IdleSessions : IAsyncDisposable
{
    /// <summary>
    /// Less than any server's limit on idle sessions, which are counted in seconds: none that is taken has been ended.
    /// </summary>
    internal static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(500);

    private readonly object _lock = new();

    /// <summary>The one that came last is at the end, and is taken first.</summary>
    private readonly List<(SqlSession Session, long Since)> _kept = [];

    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private int _opening;
    private bool _isTimed;
    private bool _isDisposed;

    internal IdleSessions(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(static self => ((IdleSessions)self!).CloseOld(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _kept.Count;
            }
        }
    }

    /// <summary>
    /// Takes a session. Null when there is none: the caller opens one, and then calls <see cref="EndOpening"/>.
    /// </summary>
    internal SqlSession? TakeOrBeginOpening()
    {
        lock (_lock)
        {
            if (_kept.Count > 0 && _time.GetElapsedTime(_kept[^1].Since) < Moment)
            {
                var session = _kept[^1].Session;
                _kept.RemoveAt(_kept.Count - 1);
                return session;
            }

            _opening++;
            return null;
        }
    }

    internal void EndOpening()
    {
        lock (_lock)
        {
            _opening--;
        }
    }

    /// <summary>Keeps a session. False where its pool should have it.</summary>
    internal bool TryKeep(SqlSession session)
    {
        lock (_lock)
        {
            if (_isDisposed || _opening > 0)
            {
                return false;
            }

            _kept.Add((session, _time.GetTimestamp()));
            if (!_isTimed)
            {
                _isTimed = true;
                _timer.Change(Moment, Moment);
            }

            return true;
        }
    }

    /// <summary>
    /// One was found to be cut, and the others may be too, as after a restart of the server: they need not be found out
    /// one by one.
    /// </summary>
    internal void Distrust() => CloseFrom(TimeSpan.Zero);

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _isDisposed = true;
        }

        await _timer.DisposeAsync().ConfigureAwait(false);
        await CloseAsync(TakeOld(TimeSpan.Zero)).ConfigureAwait(false);
    }

    private static async Task CloseAsync(SqlSession[] sessions)
    {
        foreach (var session in sessions)
        {
            try
            {
                await session.CloseAsync().ConfigureAwait(false);
            }
            catch (Exception)
            {
                // A connection that can't be closed has been cut.
            }
        }
    }

    private void CloseOld() => CloseFrom(Moment);

    private void CloseFrom(TimeSpan age)
    {
        if (TakeOld(age) is { Length: > 0 } old)
        {
            _ = CloseAsync(old);
        }
    }

    private SqlSession[] TakeOld(TimeSpan age)
    {
        lock (_lock)
        {
            var count = _kept.TakeWhile(kept => _time.GetElapsedTime(kept.Since) >= age).Count();
            SqlSession[] old = [.. _kept.Take(count).Select(kept => kept.Session)];
            _kept.RemoveRange(0, count);
            if (_kept.Count == 0 && !_isDisposed)
            {
                _isTimed = false;
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }

            return old;
        }
    }
}
