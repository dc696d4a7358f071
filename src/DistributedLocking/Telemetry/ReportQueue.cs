namespace DistributedLocking.Telemetry;

/// <summary>
/// Takes what threads of ours have to report to code that is not ours, loggers and listeners, and tells it on the
/// thread pool, in order. That code may block for as long as it likes: meanwhile a bounded number of reports is kept,
/// and more are dropped and counted.
/// </summary>
/// <param name="isInline">
/// Whether to report on the thread that posts, for a test's clock: all that is due happens on the thread that moves it.
/// </param>
/// <param name="onDropped">Told how many were dropped, as soon as there is room again.</param>
internal sealed class ReportQueue(bool isInline, Action<int> onDropped) : IThreadPoolWorkItem
{
    internal const int Capacity = 1024;

    private readonly object _lock = new();
    private readonly Queue<Action> _reports = new();
    private int _dropped;
    private bool _isBusy;
    private TaskCompletionSource? _idle;

    /// <summary>Takes a report. Never blocks, and never throws what a report throws.</summary>
    /// <param name="report">Calls the code that is not ours.</param>
    /// <param name="isBounded">
    /// False for one that is kept in any case, since its poster has no more than one in the queue.
    /// </param>
    internal void Post(Action report, bool isBounded = true)
    {
        lock (_lock)
        {
            if (isBounded && _reports.Count >= Capacity)
            {
                _dropped++;
                return;
            }

            _reports.Enqueue(report);
            if (_isBusy)
            {
                return;
            }

            _isBusy = true;
        }

        if (isInline)
        {
            Drain();
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>Waits until all is reported, but no longer than the bound.</summary>
    internal async Task FlushAsync(TimeSpan bound)
    {
        Task idle;
        lock (_lock)
        {
            if (!_isBusy)
            {
                return;
            }

            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            idle = _idle.Task;
        }

        // In real time in any case: nobody moves a test's clock on for a blocked logger.
        await Task.WhenAny(idle, Task.Delay(bound, TimeProvider.System)).ConfigureAwait(false);
    }

    void IThreadPoolWorkItem.Execute() => Drain();

    private void Drain()
    {
        while (Next() is { } report)
        {
            try
            {
                report();
            }
            catch (Exception)
            {
                // Reports see to their own faults; this one had nowhere left to report it to.
            }
        }
    }

    private Action? Next()
    {
        lock (_lock)
        {
            if (_dropped > 0 && _reports.Count < Capacity)
            {
                var dropped = _dropped;
                _dropped = 0;
                return () => onDropped(dropped);
            }

            if (_reports.TryDequeue(out var report))
            {
                return report;
            }

            _isBusy = false;
            _idle?.TrySetResult();
            _idle = null;
            return null;
        }
    }
}
