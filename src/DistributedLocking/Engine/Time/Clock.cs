namespace DistributedLocking.Engine.Time;

/// <summary>
/// Points in time as timestamps of a monotonic clock. The wall clock plays no part, so its jumps change nothing.
/// </summary>
internal sealed class Clock(TimeProvider time)
{
    internal const long Never = long.MaxValue;

    internal TimeProvider Time { get; } = time;

    /// <summary>Whether it is the real clock, on which threads of the engine's own keep the time.</summary>
    internal bool IsSystem => Time == TimeProvider.System;

    internal long Now => Time.GetTimestamp();

    internal long After(long timestamp, TimeSpan delay)
    {
        if (delay == Timeout.InfiniteTimeSpan || timestamp == Never)
        {
            return Never;
        }

        var ticks = delay.TotalSeconds * Time.TimestampFrequency;
        return ticks >= Never - timestamp ? Never : timestamp + (long)ticks;
    }

    /// <summary>The time left until a timestamp, never negative; infinite when there is no end.</summary>
    internal TimeSpan Until(long timestamp)
    {
        if (timestamp == Never)
        {
            return Timeout.InfiniteTimeSpan;
        }

        var now = Now;
        return timestamp <= now ? TimeSpan.Zero : Time.GetElapsedTime(now, timestamp);
    }

    /// <summary>
    /// The next whole millisecond. The system's timers cut to whole ones, and a cut pause would spin through its last
    /// one.
    /// </summary>
    internal static TimeSpan RoundUp(TimeSpan pause) => TimeSpan.FromMilliseconds(Math.Ceiling(pause.TotalMilliseconds));

    internal TimeSpan Since(long timestamp) => Time.GetElapsedTime(timestamp, Now);
}
