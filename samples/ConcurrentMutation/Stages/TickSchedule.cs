namespace ConcurrentMutation.Stages;

/// <summary>When a worker of a demo stage mutates: at every multiple of the interval since the stage's start.</summary>
/// <remarks>
/// All workers share one grid, and one who comes late skips to its next point. So they keep step, as users do who react
/// to the same event, and the race that the demo shows does not depend on chance.
/// </remarks>
internal static class TickSchedule
{
    /// <summary>The first point of the grid that lies after a moment.</summary>
    internal static TimeSpan After(TimeSpan elapsed, TimeSpan interval) =>
        elapsed < TimeSpan.Zero ? TimeSpan.Zero : interval * (elapsed.Ticks / interval.Ticks + 1);
}
