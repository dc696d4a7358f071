using DistributedLocking.Providers;

namespace DistributedLocking.Testing.Conformance;

/// <summary>
/// A lock in one of its modes, as a lock that facts can work with: a reader, a writer, or one of a semaphore's holders.
/// </summary>
internal sealed class ModeLock : IDistributedLock
{
    private readonly IDistributedLock _locks;
    private readonly LockMode _mode;
    private readonly int _limit;

    private ModeLock(IDistributedLock locks, LockMode mode, int limit)
    {
        _locks = locks;
        _mode = mode;
        _limit = limit;
    }

    internal static IDistributedLock Of(IDistributedLock locks, LockMode mode, int limit) =>
        mode == LockMode.Exclusive ? locks : new ModeLock(locks, mode, limit);

    internal static IDistributedLock Reader(IDistributedLock locks) => new ModeLock(locks, LockMode.Shared, int.MaxValue);

    internal static IDistributedLock Writer(IDistributedLock locks) => new ModeLock(locks, LockMode.Shared, limit: 1);

    internal static IDistributedLock Permit(IDistributedLock locks, int maxCount) => new ModeLock(locks, LockMode.Counted, maxCount);

    public ValueTask<IDistributedLockHandle> AcquireAsync(string key, AcquireOptions? options = null, CancellationToken cancellationToken = default) =>
        _mode == LockMode.Counted ? ((IDistributedSemaphore)_locks).AcquireAsync(key, _limit, options, cancellationToken)
        : _limit == 1 ? ((IDistributedReaderWriterLock)_locks).AcquireWriteLockAsync(key, options, cancellationToken)
        : ((IDistributedReaderWriterLock)_locks).AcquireReadLockAsync(key, options, cancellationToken);

    public ValueTask<IDistributedLockHandle?> TryAcquireAsync(string key, AcquireOptions? options = null, CancellationToken cancellationToken = default) =>
        _mode == LockMode.Counted ? ((IDistributedSemaphore)_locks).TryAcquireAsync(key, _limit, options, cancellationToken)
        : _limit == 1 ? ((IDistributedReaderWriterLock)_locks).TryAcquireWriteLockAsync(key, options, cancellationToken)
        : ((IDistributedReaderWriterLock)_locks).TryAcquireReadLockAsync(key, options, cancellationToken);

    public ValueTask<bool> ReleaseAsync(string key, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("Only exclusive locks are released by key.");
}
