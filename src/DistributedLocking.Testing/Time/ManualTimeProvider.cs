namespace DistributedLocking.Testing;

/// <summary>
/// A clock that moves only when it is told to. Timers fire on the thread that moves it, in the order of their times.
/// </summary>
/// <remarks>
/// The monotonic timestamp and the wall clock are apart, so that a test can make the wall clock jump.
/// </remarks>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly object _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private long _timestamp;
    private DateTimeOffset _epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <inheritdoc />
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc />
    public override long GetTimestamp() => Interlocked.Read(ref _timestamp);

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _epoch + TimeSpan.FromTicks(_timestamp);
        }
    }

    /// <summary>Makes the wall clock jump. Nothing else changes.</summary>
    /// <param name="by">How far; negative for back.</param>
    public void JumpWallClock(TimeSpan by)
    {
        lock (_lock)
        {
            _epoch += by;
        }
    }

    /// <summary>Lets time pass and fires each timer that falls due, at its own time.</summary>
    /// <param name="by">How long; not negative.</param>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        var end = GetTimestamp() + by.Ticks;
        while (NextDue(end) is { } timer)
        {
            timer.Fire();
        }

        Interlocked.Exchange(ref _timestamp, end);
    }

    /// <summary>
    /// Lets time pass as if the process had been frozen meanwhile: the timers that fell due fire only afterwards.
    /// </summary>
    /// <param name="by">How long; not negative.</param>
    public void Freeze(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        Interlocked.Add(ref _timestamp, by.Ticks);
        Advance(TimeSpan.Zero);
    }

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private ManualTimer? NextDue(long end)
    {
        lock (_lock)
        {
            var timer = _timers.Where(candidate => candidate.Due <= end).MinBy(candidate => candidate.Due);
            if (timer is not null)
            {
                Interlocked.Exchange(ref _timestamp, Math.Max(_timestamp, timer.Due));
                timer.Reschedule();
            }

            return timer;
        }
    }

    private sealed class ManualTimer(ManualTimeProvider time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period = Timeout.InfiniteTimeSpan;

        internal long Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
                _period = period;
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = time._timestamp + dueTime.Ticks;
                    time._timers.Add(this);
                }
            }

            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        internal void Fire() => callback(state);

        internal void Reschedule()
        {
            if (_period > TimeSpan.Zero)
            {
                Due += _period.Ticks;
            }
            else
            {
                time._timers.Remove(this);
            }
        }
    }
}
