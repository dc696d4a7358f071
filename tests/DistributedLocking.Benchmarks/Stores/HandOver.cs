namespace DistributedLocking.Benchmarks.Stores;

/// <summary>
/// Whether the callers of one process hand a lock over among themselves. This is the one place that sets it, and that
/// says which settings there are to compare.
/// </summary>
internal static class HandOver
{
    internal const string On = "on";
    internal const string Off = "off";

    /// <summary>The settings to compare, the default first.</summary>
    internal static IReadOnlyList<string> Settings { get; } = [On, Off];

    internal static void Apply(DistributedLockOptions options, string setting)
    {
        if (!Settings.Contains(setting, StringComparer.Ordinal))
        {
            throw new ArgumentException($"There is no hand-over '{setting}'.", nameof(setting));
        }

        if (setting == Off)
        {
            options.HandOverTime = TimeSpan.Zero;
        }
    }
}
