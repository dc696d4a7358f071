namespace DistributedLocking.Providers;

/// <summary>What identifies a lease in a store.</summary>
/// <param name="Key">The key, as the caller gave it.</param>
/// <param name="OwnerId">The value that proves ownership.</param>
public readonly record struct LeaseReference(string Key, string OwnerId)
{
    /// <summary>Which of the key's locks it is a lease of. Default: the exclusive one.</summary>
    public LockMode Mode { get; init; }
}
