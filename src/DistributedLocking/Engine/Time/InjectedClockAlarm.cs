namespace DistributedLocking.Engine.Time;

/// <summary>An alarm on an injected clock's timer, which fires on whatever thread moves that clock.</summary>
internal sealed class InjectedClockAlarm : Alarm
{
    private readonly object _lock = new();
    private readonly Clock _clock;
    private readonly Action _callback;
    private readonly ITimer _timer;
    private long _due = Clock.Never;

    internal InjectedClockAlarm(Clock clock, Action callback)
    {
        _clock = clock;
        _callback = callback;
        _timer = clock.Time.CreateTimer(static state => ((InjectedClockAlarm)state!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal override void Set(long due)
    {
        lock (_lock)
        {
            if (due < _due)
            {
                // In this order: were the timer to fail, every later time would count as set already.
                _timer.Change(_clock.Until(due), Timeout.InfiniteTimeSpan);
                _due = due;
            }
        }
    }

    internal override void Ring() => _callback();

    public override void Dispose() => _timer.Dispose();

    private void Fire()
    {
        lock (_lock)
        {
            _due = Clock.Never;
        }

        _callback();
    }
}
