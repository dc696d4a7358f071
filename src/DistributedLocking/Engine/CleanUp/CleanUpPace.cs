namespace DistributedLocking.Engine.CleanUp;

/// <summary>How often the store is bothered with clean-ups: ever less.</summary>
internal static class CleanUpPace
{
    internal static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(50);
    internal static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>The longest time for which it goes unnoticed that the store is back.</summary>
    internal static readonly TimeSpan LongestBetweenProbes = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Until an orphan that was not settled is looked at again: as long again as it has been one. What has not arrived
    /// for long seldom does.
    /// </summary>
    internal static TimeSpan NextLook(TimeSpan age) => age < Shortest ? Shortest : age > Longest ? Longest : age;

    /// <summary>Until a store that has failed so many times in a row is tried again.</summary>
    internal static TimeSpan NextProbe(int failures)
    {
        // The shift stays far below an overflow.
        var pause = Shortest * (1 << Math.Min(failures - 1, 20));
        return pause > LongestBetweenProbes ? LongestBetweenProbes : pause;
    }
}
