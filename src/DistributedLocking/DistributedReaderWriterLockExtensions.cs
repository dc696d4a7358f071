namespace DistributedLocking;

/// <summary>Short calls of <see cref="IDistributedReaderWriterLock"/>'s members.</summary>
public static class DistributedReaderWriterLockExtensions
{
    /// <summary>Acquires a read lock, waiting for a given time while a writer has the lock or waits for it.</summary>
    /// <param name="locks">The locks.</param>
    /// <param name="key">What to lock.</param>
    /// <param name="waitTimeout">
    /// How long to wait: zero for one attempt, <see cref="Timeout.InfiniteTimeSpan"/> for no limit.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <inheritdoc cref="IDistributedReaderWriterLock.AcquireReadLockAsync" path="/returns" />
    /// <inheritdoc cref="IDistributedReaderWriterLock.AcquireReadLockAsync" path="/exception" />
    public static ValueTask<IDistributedLockHandle> AcquireReadLockAsync(
        this IDistributedReaderWriterLock locks, string key, TimeSpan waitTimeout, CancellationToken cancellationToken = default) =>
        Check(locks).AcquireReadLockAsync(key, WaitFor(waitTimeout), cancellationToken);

    /// <summary>
    /// Acquires a read lock, waiting as the configured retry policy says while a writer has the lock or waits for it.
    /// </summary>
    /// <param name="locks">The locks.</param>
    /// <param name="key">What to lock.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <inheritdoc cref="IDistributedReaderWriterLock.AcquireReadLockAsync" path="/returns" />
    /// <inheritdoc cref="IDistributedReaderWriterLock.AcquireReadLockAsync" path="/exception" />
    public static ValueTask<IDistributedLockHandle> AcquireReadLockAsync(
        this IDistributedReaderWriterLock locks, string key, CancellationToken cancellationToken) =>
        Check(locks).AcquireReadLockAsync(key, options: null, cancellationToken);

    /// <summary>Acquires a read lock if it can be had within a given time.</summary>
    /// <param name="locks">The locks.</param>
    /// <param name="key">What to lock.</param>
    /// <param name="waitTimeout">
    /// How long to wait: zero for one attempt, <see cref="Timeout.InfiniteTimeSpan"/> for no limit.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <inheritdoc cref="IDistributedReaderWriterLock.TryAcquireReadLockAsync" path="/returns" />
    /// <inheritdoc cref="IDistributedReaderWriterLock.TryAcquireReadLockAsync" path="/exception" />
    public static ValueTask<IDistributedLockHandle?> TryAcquireReadLockAsync(
        this IDistributedReaderWriterLock locks, string key, TimeSpan waitTimeout, CancellationToken cancellationToken = default) =>
        Check(locks).TryAcquireReadLockAsync(key, WaitFor(waitTimeout), cancellationToken);

    /// <summary>Acquires a read lock in one attempt.</summary>
    /// <param name="locks">The locks.</param>
    /// <param name="key">What to lock.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <inheritdoc cref="IDistributedReaderWriterLock.TryAcquireReadLockAsync" path="/returns" />
    /// <inheritdoc cref="IDistributedReaderWriterLock.TryAcquireReadLockAsync" path="/exception" />
    public static ValueTask<IDistributedLockHandle?> TryAcquireReadLockAsync(
        this IDistributedReaderWriterLock locks, string key, CancellationToken cancellationToken) =>
        Check(locks).TryAcquireReadLockAsync(key, options: null, cancellationToken);

    /// <summary>Acquires the write lock, waiting for a given time while anybody else has the lock.</summary>
    /// <param name="locks">The locks.</param>
    /// <param name="key">What to lock.</param>
    /// <param name="waitTimeout">
    /// How long to wait: zero for one attempt, <see cref="Timeout.InfiniteTimeSpan"/> for no limit.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <inheritdoc cref="IDistributedReaderWriterLock.AcquireWriteLockAsync" path="/returns" />
    /// <inheritdoc cref="IDistributedReaderWriterLock.AcquireWriteLockAsync" path="/exception" />
    public static ValueTask<IDistributedLockHandle> AcquireWriteLockAsync(
        this IDistributedReaderWriterLock locks, string key, TimeSpan waitTimeout, CancellationToken cancellationToken = default) =>
        Check(locks).AcquireWriteLockAsync(key, WaitFor(waitTimeout), cancellationToken);

    /// <summary>
    /// Acquires the write lock, waiting as the configured retry policy says while anybody else has the lock.
    /// </summary>
    /// <param name="locks">The locks.</param>
    /// <param name="key">What to lock.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <inheritdoc cref="IDistributedReaderWriterLock.AcquireWriteLockAsync" path="/returns" />
    /// <inheritdoc cref="IDistributedReaderWriterLock.AcquireWriteLockAsync" path="/exception" />
    public static ValueTask<IDistributedLockHandle> AcquireWriteLockAsync(
        this IDistributedReaderWriterLock locks, string key, CancellationToken cancellationToken) =>
        Check(locks).AcquireWriteLockAsync(key, options: null, cancellationToken);

    /// <summary>Acquires the write lock if it can be had within a given time.</summary>
    /// <param name="locks">The locks.</param>
    /// <param name="key">What to lock.</param>
    /// <param name="waitTimeout">
    /// How long to wait: zero for one attempt, <see cref="Timeout.InfiniteTimeSpan"/> for no limit.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <inheritdoc cref="IDistributedReaderWriterLock.TryAcquireWriteLockAsync" path="/returns" />
    /// <inheritdoc cref="IDistributedReaderWriterLock.TryAcquireWriteLockAsync" path="/exception" />
    public static ValueTask<IDistributedLockHandle?> TryAcquireWriteLockAsync(
        this IDistributedReaderWriterLock locks, string key, TimeSpan waitTimeout, CancellationToken cancellationToken = default) =>
        Check(locks).TryAcquireWriteLockAsync(key, WaitFor(waitTimeout), cancellationToken);

    /// <summary>Acquires the write lock in one attempt.</summary>
    /// <param name="locks">The locks.</param>
    /// <param name="key">What to lock.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <inheritdoc cref="IDistributedReaderWriterLock.TryAcquireWriteLockAsync" path="/returns" />
    /// <inheritdoc cref="IDistributedReaderWriterLock.TryAcquireWriteLockAsync" path="/exception" />
    public static ValueTask<IDistributedLockHandle?> TryAcquireWriteLockAsync(
        this IDistributedReaderWriterLock locks, string key, CancellationToken cancellationToken) =>
        Check(locks).TryAcquireWriteLockAsync(key, options: null, cancellationToken);

    private static IDistributedReaderWriterLock Check(IDistributedReaderWriterLock locks)
    {
        ArgumentNullException.ThrowIfNull(locks);
        return locks;
    }

    private static AcquireOptions WaitFor(TimeSpan waitTimeout) => new() { WaitTimeout = waitTimeout };
}
