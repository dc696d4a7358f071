namespace DistributedLocking.Hosting.Leadership;

/// <summary>The ranges of the options.</summary>
internal static class LeaderOptionsRules
{
    /// <summary>What is wrong, a sentence each that names the option and its value.</summary>
    internal static IEnumerable<string> Check(LeaderOptions options)
    {
        if (options.StopTimeout <= TimeSpan.Zero && options.StopTimeout != Timeout.InfiniteTimeSpan)
        {
            yield return $"{nameof(LeaderOptions)}.{nameof(options.StopTimeout)} {options.StopTimeout} must be positive, or Timeout.InfiniteTimeSpan.";
        }

        if (options.AcquireOptions is not { } acquire)
        {
            yield break;
        }

        if (acquire.WaitTimeout is { } wait && wait != Timeout.InfiniteTimeSpan)
        {
            yield return $"{Name(nameof(acquire.WaitTimeout))} {wait} must not be set: a campaign has no end.";
        }

        if (acquire.AutoRenew == false)
        {
            yield return $"{Name(nameof(acquire.AutoRenew))} must not be false: each term would end at the time to live. {nameof(acquire.MaxHoldTime)} limits a term.";
        }
    }

    private static string Name(string member) => $"{nameof(LeaderOptions)}.{nameof(LeaderOptions.AcquireOptions)}.{member}";
}
