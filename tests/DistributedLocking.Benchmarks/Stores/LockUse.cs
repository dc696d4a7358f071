namespace DistributedLocking.Benchmarks.Stores;

/// <summary>What a lock is made for.</summary>
/// <param name="Mode">One of the store's modes.</param>
internal sealed record LockUse(string Mode)
{
    /// <summary>One of <see cref="Stores.HandOver.Settings"/>.</summary>
    internal string HandOver { get; init; } = Stores.HandOver.Settings[0];
}
