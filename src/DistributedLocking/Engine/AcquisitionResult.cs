namespace DistributedLocking.Engine;

/// <summary>What came of an acquisition, or of one attempt: a lease, somebody else holds it, or the store failed.</summary>
internal readonly record struct AcquisitionResult(Lease? Lease, TimeSpan? HolderExpiresIn, DistributedLockUnavailableException? Failure)
{
    internal static AcquisitionResult Held(TimeSpan? holderExpiresIn = null) => new(null, holderExpiresIn, null);

    internal static AcquisitionResult Granted(Lease lease) => new(lease, null, null);

    internal static AcquisitionResult Failed(DistributedLockUnavailableException failure) => new(null, null, failure);
}
