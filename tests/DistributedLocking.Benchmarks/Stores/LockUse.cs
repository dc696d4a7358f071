namespace DistributedLocking.Benchmarks.Stores;

/// <summary>What a lock is made for.</summary>
/// <param name="Mode">One of the store's modes.</param>
/// <param name="IsContended">Whether callers will wait for each other.</param>
internal sealed record LockUse(string Mode, bool IsContended = false)
{
    /// <summary>One of <see cref="Stores.HandOver.Settings"/>.</summary>
    internal string HandOver { get; init; } = Stores.HandOver.Settings[0];
}
