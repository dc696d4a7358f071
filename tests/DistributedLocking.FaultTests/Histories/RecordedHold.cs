using System.Diagnostics;

namespace DistributedLocking.FaultTests.Histories;

/// <summary>
/// An attempt to get a lock, and the lock that came of it, with everything noted that a checker needs.
/// </summary>
internal sealed class RecordedHold : IAsyncDisposable
{
    private readonly HistoryWriter _history;
    private readonly int _attempt;
    private readonly string _key;
    private readonly CancellationTokenRegistration _loss;
    private int _isLossNoted;

    private RecordedHold(HistoryWriter history, int attempt, string key, IDistributedLockHandle handle)
    {
        _history = history;
        _attempt = attempt;
        _key = key;
        Handle = handle;
        _loss = handle.LostToken.Register(NoteLoss);
    }

    internal IDistributedLockHandle Handle { get; }

    /// <summary>Asks for a lock. Null: somebody else holds it. Exceptions are passed on.</summary>
    internal static Task<RecordedHold?> AcquireAsync(
        IDistributedLock locks, HistoryWriter history, int attempt, string key, AcquireOptions options, CancellationToken cancellationToken = default) =>
        AcquireAsync(() => locks.TryAcquireAsync(key, options, cancellationToken), history, attempt, key, limit: 1);

    /// <summary>The same for a lock that so many may hold at once, this one included.</summary>
    internal static async Task<RecordedHold?> AcquireAsync(
        Func<ValueTask<IDistributedLockHandle?>> acquire, HistoryWriter history, int attempt, string key, int limit)
    {
        history.Write(attempt, HistoryKind.Asking, key, limit);
        IDistributedLockHandle? handle = null;
        try
        {
            handle = await acquire();
        }
        finally
        {
            if (handle is null)
            {
                history.Write(attempt, HistoryKind.NotGranted, key);
            }
        }

        if (handle is null)
        {
            return null;
        }

        history.Write(attempt, HistoryKind.Granted, key, handle.FencingToken);
        var hold = new RecordedHold(history, attempt, key, handle);
        hold.Look();
        return hold;
    }

    /// <summary>Notes for how long the lock is held now. False when it is not.</summary>
    internal bool Look()
    {
        var now = HistoryWriter.Now;
        var remaining = Handle.RemainingTime;
        if (remaining <= TimeSpan.Zero)
        {
            return false;
        }

        _history.Write(now, _attempt, HistoryKind.Held, _key, (long)(remaining.TotalSeconds * Stopwatch.Frequency));
        return true;
    }

    /// <summary>Looks again and again for a while, or until the lock is lost.</summary>
    internal async Task<bool> LookForAsync(TimeSpan time, CancellationToken cancellationToken = default)
    {
        var start = HistoryWriter.Now;
        while (Stopwatch.GetElapsedTime(start) < time)
        {
            if (!Look())
            {
                return false;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellationToken);
        }

        return Look();
    }

    internal async Task ExtendAsync(TimeSpan timeToLive, CancellationToken cancellationToken = default)
    {
        _history.Write(_attempt, HistoryKind.Extending, _key);
        await Handle.ExtendAsync(timeToLive, cancellationToken);
    }

    internal async Task<bool> ReleaseAsync()
    {
        _history.Write(_attempt, HistoryKind.Releasing, _key);
        var wasOurs = false;
        try
        {
            wasOurs = await Handle.ReleaseAsync(CancellationToken.None);
        }
        finally
        {
            _history.Write(_attempt, HistoryKind.Released, _key, wasOurs ? 1 : 0);
        }

        return wasOurs;
    }

    /// <summary>Releases as a disposal does.</summary>
    public async ValueTask DisposeAsync()
    {
        _history.Write(_attempt, HistoryKind.Releasing, _key);
        await Handle.DisposeAsync();
        var isLost = Handle.LostToken.IsCancellationRequested;
        await _loss.DisposeAsync();
        if (isLost)
        {
            // The registration may have gone before its turn on the thread pool came.
            NoteLoss();
        }
    }

    private void NoteLoss()
    {
        if (Interlocked.Exchange(ref _isLossNoted, 1) == 0)
        {
            _history.Write(_attempt, HistoryKind.Lost, _key);
        }
    }
}
