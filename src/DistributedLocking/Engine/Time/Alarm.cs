namespace DistributedLocking.Engine.Time;

/// <summary>
/// Calls back at the earliest of the times it was set to. A call may come early, with nothing due, but never late for
/// want of a thread.
/// </summary>
internal abstract class Alarm : IDisposable
{
    internal static Alarm Create(string name, Clock clock, Action callback) =>
        clock.IsSystem ? new ThreadAlarm(name, clock, callback) : new InjectedClockAlarm(clock, callback);

    /// <summary>Asks for a call at this time or before.</summary>
    internal abstract void Set(long due);

    /// <summary>Asks for a call now.</summary>
    internal abstract void Ring();

    public abstract void Dispose();
}
