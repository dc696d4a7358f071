namespace DistributedLocking.Engine.Leases;

/// <summary>The holders in a row that a store's lease is handed on to within this process.</summary>
/// <param name="LastToken">The newest fencing token that the store keeps for them.</param>
/// <param name="Start">When the store granted the lease to the first of them.</param>
internal sealed record HandOverChain(long LastToken, long Start);
