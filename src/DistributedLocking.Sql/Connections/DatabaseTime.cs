namespace DistributedLocking.Sql.Connections;

/// <summary>Times as the databases count them: in microseconds.</summary>
internal static class DatabaseTime
{
    /// <summary>Rounded up, so that the database's lease never ends before the one that the engine counts.</summary>
    internal static long Microseconds(TimeSpan time) => (long)Math.Ceiling(time.TotalMicroseconds);

    internal static TimeSpan FromMicroseconds(long microseconds) => TimeSpan.FromMicroseconds(microseconds);
}
