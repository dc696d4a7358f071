namespace DistributedLocking.Providers;

/// <summary>One lease of a batch to renew.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="TimeToLive">How long it shall last from now on.</param>
public readonly record struct RenewalRequest(LeaseReference Lease, TimeSpan TimeToLive);
