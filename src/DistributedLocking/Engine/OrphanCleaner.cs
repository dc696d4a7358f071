using System.Diagnostics.CodeAnalysis;
using DistributedLocking.Providers;

namespace DistributedLocking.Engine;

/// <summary>
/// Undoes acquisitions whose outcome is unknown, and leases that ended without a confirmed release: it releases the owner in the background
/// until that is confirmed, or until the lease would have ended by itself.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "Late clean-ups use the tokens to the end; without timers these hold nothing to dispose.")]
internal sealed class OrphanCleaner(ILockProvider provider, Clock clock, LockReporter reporter)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _finish = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly object _lock = new();
    private readonly HashSet<Task> _running = [];

    /// <summary>Starts to release an owner that may or may not hold the key.</summary>
    /// <param name="owner">The key and the owner.</param>
    /// <param name="until">When the lease would have ended; a release that finds nothing is repeated until then, as the grant may still be on its way.</param>
    internal void Clean(LeaseReference owner, long until) => Start(() => CleanAsync(owner, until, isGranted: false));

    /// <summary>Starts to release a lease that was granted and has ended. Any answer settles that: it can't be granted again.</summary>
    internal void Clean(Lease lease)
    {
        var (owner, until) = (lease.Reference, clock.After(clock.Now, lease.LongestTimeToLive));
        Start(() => CleanAsync(owner, until, isGranted: true));
    }

    /// <summary>Starts to give up a place in the store's queue.</summary>
    internal void Leave(LeaseReference waiter) => Start(() => LeaveAsync(waiter));

    /// <summary>
    /// Waits until everything is clean, but no longer than the bound; what is left lapses at its time to live. An owner that the store does not know
    /// is looked for once more: nothing that is still on its way arrives after the provider's connection is closed.
    /// </summary>
    internal async Task FinishAsync(TimeSpan bound)
    {
        Task[] running;
        lock (_lock)
        {
            running = [.. _running];
        }

        await _finish.CancelAsync().ConfigureAwait(false);
        await Task.WhenAny(Task.WhenAll(running), Task.Delay(bound, clock.Time)).ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Starts work on the thread pool: a provider may block its caller, and this may be called on the thread of the lease clock. On a test's clock all
    /// that is due happens on the thread that moves the clock.
    /// </summary>
    private void Start(Func<Task> work) => Track(clock.IsSystem ? Task.Run(work) : work());

    private void Track(Task task)
    {
        if (task.IsCompleted)
        {
            return;
        }

        lock (_lock)
        {
            _running.Add(task);
        }

        _ = task.ContinueWith(
            static (ended, state) => ((OrphanCleaner)state!).Forget(ended),
            this,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    private void Forget(Task task)
    {
        lock (_lock)
        {
            _running.Remove(task);
        }
    }

    private async Task LeaveAsync(LeaseReference waiter)
    {
        try
        {
            await provider.LeaveAsync(waiter, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            reporter.CleanUpFailed(waiter.Key, e);
        }
    }

    private async Task CleanAsync(LeaseReference owner, long until, bool isGranted)
    {
        for (var pause = FirstPause; !_stop.IsCancellationRequested; pause = pause < LongestPause ? pause * 2 : LongestPause)
        {
            var isFinishing = _finish.IsCancellationRequested;
            var isUnknown = false;
            try
            {
                if (await provider.ReleaseAsync(owner, _stop.Token).ConfigureAwait(false))
                {
                    return;
                }

                isUnknown = true;
            }
            catch (DistributedLockUnavailableException e) when (!e.IsTransient)
            {
                reporter.CleanUpFailed(owner.Key, e);
                return;
            }
            catch (Exception e)
            {
                reporter.CleanUpFailed(owner.Key, e);
            }

            var left = clock.Until(until);
            if (left == TimeSpan.Zero || (isUnknown && (isFinishing || isGranted)))
            {
                return;
            }

            await PauseAsync(pause < left ? pause : left, isFinishing ? _stop.Token : _finish.Token).ConfigureAwait(false);
        }
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken end)
    {
        try
        {
            await Task.Delay(pause, clock.Time, end).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Time for the next look.
        }
    }
}
