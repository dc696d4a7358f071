namespace DistributedLocking.Engine;

/// <summary>The store's answer that somebody else holds the lock.</summary>
/// <param name="HolderExpiresIn">How long the holder's lease lasts, if the store says so.</param>
/// <param name="AskedAt">When the store was asked.</param>
internal sealed record HeldAnswer(TimeSpan? HolderExpiresIn, long AskedAt);
