namespace DistributedLocking.Engine.Gates;

/// <summary>The store's answer that somebody else holds the lock.</summary>
/// <param name="HolderExpiresIn">How long the holder's lease lasts, if the store says so.</param>
/// <param name="AskedAt">When the store was asked.</param>
/// <param name="HasQueued">Whether the attempt wanted a place in the store's queue.</param>
internal sealed record HeldByOther(TimeSpan? HolderExpiresIn, long AskedAt, bool HasQueued);
