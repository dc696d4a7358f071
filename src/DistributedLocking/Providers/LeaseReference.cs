namespace DistributedLocking.Providers;

/// <summary>What identifies a lease in a store.</summary>
/// <param name="Key">The key, as the caller gave it.</param>
/// <param name="OwnerId">The value that proves ownership.</param>
public readonly record struct LeaseReference(string Key, string OwnerId);
