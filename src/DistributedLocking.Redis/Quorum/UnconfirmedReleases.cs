using System.Collections.Concurrent;
using DistributedLocking.Providers;

namespace DistributedLocking.Redis.Quorum;

/// <summary>
/// The releases that one server has not confirmed. They are repeated in the background, one at a time while the server
/// does not answer, until it does or the lease would have ended by itself.
/// </summary>
internal sealed class UnconfirmedReleases(Func<LeaseReference, CancellationToken, ValueTask<bool>> release, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long an attempt that was cut off is looked for after the server said that it has nothing of it.
    /// </summary>
    private static readonly TimeSpan Afterwards = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<LeaseReference, Debt> _debts = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly object _lock = new();
    private Task _worker = Task.CompletedTask;

    /// <summary>
    /// Whether a release of that owner is under way, so that the owner must not be granted anything there.
    /// </summary>
    internal bool Contains(LeaseReference lease) => _debts.ContainsKey(lease);

    /// <summary>Releases now, and again later if that fails. It never throws.</summary>
    /// <param name="lease">What to release.</param>
    /// <param name="timeToLive">When the lease ends by itself.</param>
    /// <param name="isCertain">
    /// Whether the lease was granted: then any answer settles it, else the grant may still be on its way.
    /// </param>
    /// <returns>A task that ends with the first answer, or when it did not come in time.</returns>
    internal async Task AddAsync(LeaseReference lease, TimeSpan timeToLive, bool isCertain)
    {
        var debt = new Debt(time.GetTimestamp(), timeToLive, isCertain);
        if (_debts.TryAdd(lease, debt) && !await TryAsync(lease, debt).ConfigureAwait(false))
        {
            StartWorker();
        }
    }

    /// <summary>Releases in a while, after a release that was granted but not confirmed.</summary>
    internal void AddLater(LeaseReference lease, TimeSpan timeToLive)
    {
        if (_debts.TryAdd(lease, new Debt(time.GetTimestamp(), timeToLive, isCertain: true)))
        {
            StartWorker();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        Task worker;
        lock (_lock)
        {
            worker = _worker;
        }

        await worker.ConfigureAwait(false);
        _stop.Dispose();
    }

    private void StartWorker()
    {
        lock (_lock)
        {
            if (_worker.IsCompleted && !_stop.IsCancellationRequested)
            {
                _worker = WorkAsync();
            }
        }
    }

    private async Task WorkAsync()
    {
        for (var pause = FirstPause; await PauseAsync(pause).ConfigureAwait(false); pause = pause < LongestPause / 2 ? pause * 2 : LongestPause)
        {
            var isAnswered = true;
            foreach (var (lease, debt) in _debts)
            {
                // A server that did not answer one is not asked about the others for now; what has ended by itself is
                // forgotten all the same.
                if (isAnswered)
                {
                    await TryAsync(lease, debt).ConfigureAwait(false);
                    isAnswered = debt.IsAnswered;
                }

                if (IsOver(debt))
                {
                    _debts.TryRemove(lease, out _);
                }
            }

            lock (_lock)
            {
                if (_debts.IsEmpty)
                {
                    _worker = Task.CompletedTask;
                    return;
                }
            }
        }
    }

    /// <returns>Whether nothing is left to do.</returns>
    private async ValueTask<bool> TryAsync(LeaseReference lease, Debt debt)
    {
        try
        {
            debt.IsAnswered = false;
            var wasHeld = await release(lease, _stop.Token).ConfigureAwait(false);
            debt.IsAnswered = true;
            debt.AnsweredAt ??= time.GetTimestamp();
            if (!wasHeld && !debt.IsCertain)
            {
                return false;
            }
        }
        catch (DistributedLockUnavailableException e) when (!e.IsTransient)
        {
            // However lasting it looks, it is tried again: rights may come back. The server has answered, and can be
            // asked about the others.
            debt.IsAnswered = true;
            return false;
        }
        catch (Exception)
        {
            return false;
        }

        _debts.TryRemove(lease, out _);
        return true;
    }

    private bool IsOver(Debt debt) =>
        time.GetElapsedTime(debt.Since) >= debt.TimeToLive || (debt.AnsweredAt is { } at && time.GetElapsedTime(at) >= Afterwards);

    private async ValueTask<bool> PauseAsync(TimeSpan pause)
    {
        try
        {
            await Task.Delay(pause, time, _stop.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private sealed class Debt(long since, TimeSpan timeToLive, bool isCertain)
    {
        internal long Since => since;

        internal TimeSpan TimeToLive => timeToLive;

        internal bool IsCertain => isCertain;

        internal bool IsAnswered { get; set; }

        internal long? AnsweredAt { get; set; }
    }
}
