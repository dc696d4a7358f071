namespace DistributedLocking.Engine;

/// <summary>
/// What came of an acquisition, or of one attempt: a lease, the store's answer that somebody else holds it, or the store's failure. None of them when the
/// lock was seen held by another caller's attempt.
/// </summary>
internal readonly record struct AcquisitionResult(Lease? Lease, HeldAnswer? Answer, DistributedLockUnavailableException? Failure)
{
    internal static AcquisitionResult SeenHeld => default;

    internal static AcquisitionResult Held(HeldAnswer answer) => new(null, answer, null);

    internal static AcquisitionResult Granted(Lease lease) => new(lease, null, null);

    internal static AcquisitionResult Failed(DistributedLockUnavailableException failure) => new(null, null, failure);
}
