namespace DistributedLocking.Retry;

/// <summary>Sums of delays that may exceed what a <see cref="TimeSpan"/> holds.</summary>
internal static class RetryTotal
{
    /// <summary>The sum, or <see cref="Timeout.InfiniteTimeSpan"/> when it is too long to be told from it.</summary>
    internal static TimeSpan FromTicks(Int128 ticks) => ticks > TimeSpan.MaxValue.Ticks ? Timeout.InfiniteTimeSpan : TimeSpan.FromTicks((long)ticks);
}
