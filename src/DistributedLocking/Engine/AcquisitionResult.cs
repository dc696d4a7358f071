namespace DistributedLocking.Engine;

/// <summary>What came of an acquisition, or of one attempt: a lease, somebody else holds it (and when the store was asked), or the store failed.</summary>
internal readonly record struct AcquisitionResult(Lease? Lease, TimeSpan? HolderExpiresIn, DistributedLockUnavailableException? Failure, long? AskedAt)
{
    internal static AcquisitionResult Held(TimeSpan? holderExpiresIn = null, long? askedAt = null) => new(null, holderExpiresIn, null, askedAt);

    internal static AcquisitionResult Granted(Lease lease) => new(lease, null, null, null);

    internal static AcquisitionResult Failed(DistributedLockUnavailableException failure) => new(null, null, failure, null);
}
