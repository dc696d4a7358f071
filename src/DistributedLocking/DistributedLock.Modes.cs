using DistributedLocking.Configuration;
using DistributedLocking.Engine.Plans;
using DistributedLocking.Keys;
using DistributedLocking.Providers;

namespace DistributedLocking;

/// <content>Reader-writer locks and semaphores: the same engine, with other limits.</content>
public sealed partial class DistributedLock
{
    /// <inheritdoc />
    public ValueTask<IDistributedLockHandle> AcquireReadLockAsync(string key, AcquireOptions? options = null, CancellationToken cancellationToken = default) =>
        AcquireSharedAsync(key, LockMode.Shared, int.MaxValue, options, cancellationToken);

    /// <inheritdoc />
    public ValueTask<IDistributedLockHandle?> TryAcquireReadLockAsync(string key, AcquireOptions? options = null, CancellationToken cancellationToken = default) =>
        TryAcquireSharedAsync(key, LockMode.Shared, int.MaxValue, options, cancellationToken);

    /// <inheritdoc />
    public ValueTask<IDistributedLockHandle> AcquireWriteLockAsync(string key, AcquireOptions? options = null, CancellationToken cancellationToken = default) =>
        AcquireSharedAsync(key, LockMode.Shared, limit: 1, options, cancellationToken);

    /// <inheritdoc />
    public ValueTask<IDistributedLockHandle?> TryAcquireWriteLockAsync(string key, AcquireOptions? options = null, CancellationToken cancellationToken = default) =>
        TryAcquireSharedAsync(key, LockMode.Shared, limit: 1, options, cancellationToken);

    // Not public: beside the lock's own methods of these names it would be easy to take one for the other.
    ValueTask<IDistributedLockHandle> IDistributedSemaphore.AcquireAsync(string key, int maxCount, AcquireOptions? options, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxCount);
        return AcquireSharedAsync(key, LockMode.Counted, maxCount, options, cancellationToken);
    }

    ValueTask<IDistributedLockHandle?> IDistributedSemaphore.TryAcquireAsync(string key, int maxCount, AcquireOptions? options, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxCount);
        return TryAcquireSharedAsync(key, LockMode.Counted, maxCount, options, cancellationToken);
    }

    /// <exception cref="NotSupportedException">The store has no such locks; the message says who has.</exception>
    internal DistributedLock Require(LockMode mode)
    {
        _provider.Require(mode);
        return this;
    }

    private ValueTask<IDistributedLockHandle> AcquireSharedAsync(
        string key, LockMode mode, int limit, AcquireOptions? options, CancellationToken cancellationToken)
    {
        LockKeyRules.Check(key);
        OptionRules.Check(options);
        Require(mode);
        var plan = options is null ? _acquirePlan : AcquirePlan.ForAcquire(_defaults, options);
        return _engine.AcquireAsync(key, plan with { Mode = mode, Limit = limit }, cancellationToken)!;
    }

    private ValueTask<IDistributedLockHandle?> TryAcquireSharedAsync(
        string key, LockMode mode, int limit, AcquireOptions? options, CancellationToken cancellationToken)
    {
        LockKeyRules.Check(key);
        OptionRules.Check(options);
        Require(mode);
        var plan = options is null ? _tryAcquirePlan : AcquirePlan.ForTryAcquire(_defaults, options);
        return _engine.AcquireAsync(key, plan with { Mode = mode, Limit = limit }, cancellationToken);
    }
}
