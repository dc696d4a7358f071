namespace DistributedLocking.Engine;

/// <summary>
/// An alarm with a thread of its own: a timer's callback runs on the thread pool, which a starved application keeps from running for seconds.
/// The thread starts with the first time that is set and ends after a while without any.
/// </summary>
internal sealed class ThreadAlarm(string name, Clock clock, Action callback) : Alarm
{
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestSleep = TimeSpan.FromHours(1);

    private readonly object _lock = new();
    private long _due = Clock.Never;
    private bool _running;
    private bool _disposed;

    internal override void Set(long due)
    {
        lock (_lock)
        {
            if (_disposed || due >= _due)
            {
                return;
            }

            _due = due;
            if (_running)
            {
                Monitor.Pulse(_lock);
                return;
            }

            // A thread that can't be started is an error each time, not an alarm that is silent from then on.
            new Thread(Run) { IsBackground = true, Name = name, Priority = ThreadPriority.AboveNormal }.UnsafeStart();
            _running = true;
        }
    }

    internal override void Ring() => Set(long.MinValue);

    public override void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            Monitor.Pulse(_lock);
        }
    }

    private void Run()
    {
        while (WaitUntilDue())
        {
            callback();
        }
    }

    private bool WaitUntilDue()
    {
        lock (_lock)
        {
            while (!_disposed)
            {
                var idle = _due == Clock.Never;
                var sleep = idle ? IdleTime : clock.Until(_due);
                if (sleep == TimeSpan.Zero)
                {
                    _due = Clock.Never;
                    return true;
                }

                var woken = Monitor.Wait(_lock, sleep > LongestSleep ? LongestSleep : Clock.RoundUp(sleep));
                if (idle && !woken && _due == Clock.Never)
                {
                    break;
                }
            }

            _running = false;
            return false;
        }
    }
}
