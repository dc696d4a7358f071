namespace DistributedLocking.Telemetry;

/// <summary>
/// A count that threads of ours raise, and that is reported elsewhere. However long that takes, nothing is lost and one
/// report is queued at most.
/// </summary>
internal sealed class DeferredCount
{
    private readonly ReportQueue _queue;
    private readonly Action _report;
    private long _count;

    /// <param name="queue">Where it is reported.</param>
    /// <param name="report">Takes what has been counted since the last time.</param>
    internal DeferredCount(ReportQueue queue, Action<long> report)
    {
        _queue = queue;
        _report = () => report(Interlocked.Exchange(ref _count, 0));
    }

    internal void Increment()
    {
        if (Interlocked.Increment(ref _count) == 1)
        {
            _queue.Post(_report, isBounded: false);
        }
    }
}
