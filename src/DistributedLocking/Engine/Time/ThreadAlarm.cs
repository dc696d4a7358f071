namespace DistributedLocking.Engine.Time;

/// <summary>
/// An alarm with a thread of its own: a timer's callback runs on the thread pool, which a starved application keeps
/// from running for seconds. The thread starts with the first time that is set and ends after a while without any.
/// Where the system refuses a thread, the pool's have to do until it allows one.
/// </summary>
internal sealed class ThreadAlarm : Alarm
{
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestSleep = TimeSpan.FromHours(1);

    private readonly object _lock = new();
    private readonly Clock _clock;
    private readonly Action _callback;
    private readonly Action<ThreadStart> _startThread;
    private ITimer? _substitute;
    private long _due = Clock.Never;
    private bool _running;
    private bool _disposed;

    internal ThreadAlarm(string name, Clock clock, Action callback)
        : this(clock, callback, run => new Thread(run) { IsBackground = true, Name = name, Priority = ThreadPriority.AboveNormal }.UnsafeStart())
    {
    }

    /// <param name="clock">The clock.</param>
    /// <param name="callback">What is called.</param>
    /// <param name="startThread">Runs something on a thread of its own, or throws.</param>
    internal ThreadAlarm(Clock clock, Action callback, Action<ThreadStart> startThread)
    {
        _clock = clock;
        _callback = callback;
        _startThread = startThread;
    }

    internal override void Set(long due)
    {
        lock (_lock)
        {
            if (_disposed || due >= _due)
            {
                return;
            }

            if (_running)
            {
                Monitor.Pulse(_lock);
            }
            else
            {
                Start(due);
            }

            // Not before: were the start to fail, every later time would count as set already.
            _due = due;
        }
    }

    internal override void Ring() => Set(long.MinValue);

    public override void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _substitute?.Dispose();
            Monitor.Pulse(_lock);
        }
    }

    /// <summary>
    /// Starts the thread, or else sees to it that this is tried again, and that the call comes, at the time that is
    /// set.
    /// </summary>
    private void Start(long due)
    {
        try
        {
            _startThread(Run);
            _running = true;
        }
        catch (Exception)
        {
            _substitute ??= _clock.Time.CreateTimer(static self => ((ThreadAlarm)self!).OnSubstitute(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _substitute.Change(SleepUntil(due), Timeout.InfiniteTimeSpan);
        }
    }

    private void OnSubstitute()
    {
        lock (_lock)
        {
            if (_disposed || _running || _due == Clock.Never)
            {
                return;
            }

            if (_clock.Until(_due) > TimeSpan.Zero)
            {
                Start(_due);
                return;
            }

            _due = Clock.Never;
        }

        _callback();
    }

    private void Run()
    {
        while (WaitUntilDue())
        {
            _callback();
        }
    }

    private bool WaitUntilDue()
    {
        lock (_lock)
        {
            while (!_disposed)
            {
                var idle = _due == Clock.Never;
                var sleep = idle ? IdleTime : SleepUntil(_due);
                if (sleep == TimeSpan.Zero)
                {
                    _due = Clock.Never;
                    return true;
                }

                var woken = Monitor.Wait(_lock, sleep);
                if (idle && !woken && _due == Clock.Never)
                {
                    break;
                }
            }

            _running = false;
            return false;
        }
    }

    private TimeSpan SleepUntil(long due)
    {
        var sleep = _clock.Until(due);
        return sleep > LongestSleep ? LongestSleep : Clock.RoundUp(sleep);
    }
}
