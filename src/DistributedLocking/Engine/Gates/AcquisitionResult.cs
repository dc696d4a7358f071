using DistributedLocking.Engine.Leases;

namespace DistributedLocking.Engine.Gates;

/// <summary>
/// What came of an acquisition, or of one attempt: a lease, the store's answer that somebody else holds it, or the
/// store's failure. None of them when the lock was seen held by another caller's attempt.
/// </summary>
/// <remarks>One reference, since it is copied into the state of every method on the way.</remarks>
internal readonly struct AcquisitionResult
{
    private readonly object? _outcome;

    private AcquisitionResult(object outcome) => _outcome = outcome;

    internal static AcquisitionResult SeenHeld => default;

    internal Lease? Lease => _outcome as Lease;

    internal HeldByOther? Answer => _outcome as HeldByOther;

    internal DistributedLockUnavailableException? Failure => _outcome as DistributedLockUnavailableException;

    internal static AcquisitionResult Held(HeldByOther answer) => new(answer);

    internal static AcquisitionResult Granted(Lease lease) => new(lease);

    internal static AcquisitionResult Failed(DistributedLockUnavailableException failure) => new(failure);
}
