namespace DistributedLocking.Testing.Conformance;

/// <summary>The time since a start, on the monotonic clock.</summary>
internal readonly struct Stopwatch
{
    private readonly long _start;

    private Stopwatch(long start) => _start = start;

    internal TimeSpan Elapsed => TimeProvider.System.GetElapsedTime(_start);

    internal static Stopwatch Start() => new(TimeProvider.System.GetTimestamp());
}
