namespace DistributedLocking.Sql.Tests.Doubles;

/// <summary>The system's clock, put forward. Timers run as ever.</summary>
internal sealed class ShiftedTimeProvider : TimeProvider
{
    internal TimeSpan Shift { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => (System.GetElapsedTime(0, System.GetTimestamp()) + Shift).Ticks;
}
