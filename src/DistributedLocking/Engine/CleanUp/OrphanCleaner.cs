using System.Diagnostics.CodeAnalysis;
using DistributedLocking.Engine.Time;
using DistributedLocking.Providers;
using DistributedLocking.Telemetry;

namespace DistributedLocking.Engine.CleanUp;

/// <summary>
/// Undoes acquisitions whose outcome is unknown, and leases that ended without a confirmed release: it releases the
/// owner in the background until that is confirmed, or until the lease would have ended by itself. It gives up places
/// in the store's queue likewise.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "Late clean-ups use the token to the end; without a timer it holds nothing to dispose. The timer ends with FinishAsync.")]
internal sealed class OrphanCleaner
{
    private readonly object _lock = new();
    private readonly ILockProvider _provider;
    private readonly Clock _clock;
    private readonly LockReporter _reporter;
    private readonly CleanUpSchedule _schedule;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _stop = new();
    private TaskCompletionSource? _allDone;
    private bool _isStopped;

    internal OrphanCleaner(ILockProvider provider, Clock clock, LockReporter reporter)
    {
        _provider = provider;
        _clock = clock;
        _reporter = reporter;
        _schedule = new CleanUpSchedule(clock);
        _timer = clock.Time.CreateTimer(static self => ((OrphanCleaner)self!).Start(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Starts to release an owner that may or may not hold the key.</summary>
    /// <param name="owner">The key and the owner.</param>
    /// <param name="until">
    /// When the lease would have ended; a release that finds nothing is repeated until then, as the grant may still be
    /// on its way.
    /// </param>
    internal void Clean(LeaseReference owner, long until) => Add(owner, OrphanKind.Attempt, until);

    /// <summary>Starts to release a lease that was granted and has ended.</summary>
    /// <param name="lease">The key and the owner.</param>
    /// <param name="longest">The longest that the store may keep it from now on.</param>
    internal void CleanLease(LeaseReference lease, TimeSpan longest) => Add(lease, OrphanKind.Lease, _clock.After(_clock.Now, longest));

    /// <summary>Starts to give up a place in the store's queue.</summary>
    /// <param name="waiter">The key and the owner that waited.</param>
    /// <param name="until">How long to try where the store fails.</param>
    internal void Leave(LeaseReference waiter, long until) => Add(waiter, OrphanKind.Place, until);

    /// <summary>
    /// Waits until everything is clean, but no longer than the bound; what is left lapses at its time to live. An owner
    /// that the store does not know is looked for once more: nothing that is still on its way arrives after the
    /// provider's connection is closed.
    /// </summary>
    internal async Task FinishAsync(TimeSpan bound)
    {
        var allDone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _allDone = allDone;
            _schedule.Hurry();
            TellIfAllDone();
        }

        Start();
        try
        {
            await allDone.Task.WaitAsync(bound, _clock.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The store does not answer.
        }

        lock (_lock)
        {
            _isStopped = true;
            _timer.Dispose();
        }

        _stop.CancelInBackground();
    }

    private void Add(LeaseReference owner, OrphanKind kind, long until)
    {
        lock (_lock)
        {
            _schedule.Add(new Orphan(owner, kind, _clock.Now, until));
        }

        Start();
    }

    /// <summary>
    /// Goes to work if something is due. On the thread pool: a provider may block its caller, and this may be called on
    /// the thread of the lease clock. On a test's clock all that is due happens on the thread that moves the clock.
    /// </summary>
    private void Start()
    {
        if (IsAnythingDue())
        {
            _ = _clock.IsSystem ? Task.Run(WorkAsync) : WorkAsync();
        }
    }

    /// <summary>If not, the timer is set to when something will be.</summary>
    private bool IsAnythingDue()
    {
        lock (_lock)
        {
            var due = _schedule.NextDue;
            if (_isStopped || due == Clock.Never)
            {
                return false;
            }

            var left = _clock.Until(due);
            if (left == TimeSpan.Zero)
            {
                return true;
            }

            _timer.Change(Clock.RoundUp(left), Timeout.InfiniteTimeSpan);
            return false;
        }
    }

    private async Task WorkAsync()
    {
        while (TryTake() is { } orphan)
        {
            // As many work at once as the schedule allows.
            Start();
            await CleanAsync(orphan).ConfigureAwait(false);
        }

        Start();
    }

    private Orphan? TryTake()
    {
        lock (_lock)
        {
            var orphan = _isStopped ? null : _schedule.TryTake();

            // What had lapsed is gone now.
            TellIfAllDone();
            return orphan;
        }
    }

    private async ValueTask CleanAsync(Orphan orphan)
    {
        bool? wasFound = null;
        try
        {
            wasFound = await AskStoreAsync(orphan).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _reporter.CleanUpFailed(orphan.Owner.Key, e);
        }

        lock (_lock)
        {
            if (wasFound is { } found)
            {
                _schedule.Settle(orphan, found);
            }
            else
            {
                _schedule.Postpone(orphan);
            }

            TellIfAllDone();
        }
    }

    private async ValueTask<bool> AskStoreAsync(Orphan orphan)
    {
        if (orphan.Kind != OrphanKind.Place)
        {
            return await _provider.ReleaseAsync(orphan.Owner, _stop.Token).ConfigureAwait(false);
        }

        await _provider.LeaveAsync(orphan.Owner, _stop.Token).ConfigureAwait(false);
        return true;
    }

    private void TellIfAllDone()
    {
        if (_schedule.IsEmpty)
        {
            _allDone?.TrySetResult();
        }
    }
}
