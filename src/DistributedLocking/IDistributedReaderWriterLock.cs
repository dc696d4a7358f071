namespace DistributedLocking;

/// <summary>
/// A reader-writer lock that holds across processes and machines: of each key there are readers, as many as like, or
/// one writer.
/// </summary>
/// <remarks>
/// <para>First come, first served, for readers and writers alike: a reader that comes after a waiting writer waits for
/// it, so writers don't starve. Whether that holds across processes is said by the provider's page. A read lock can't
/// be made a write lock: two readers that both want to write would wait for each other for ever. Release it, acquire
/// the write lock, and look again at what was read.</para>
/// <para>Each holder has a lease and a fencing token of its own. A reader's token is larger than those of all earlier
/// writers and smaller than those of all later ones; among readers there is no order. It is a lock other than the one
/// that <see cref="IDistributedLock"/> has of the same key.</para>
/// </remarks>
public interface IDistributedReaderWriterLock
{
    /// <summary>Acquires a read lock, waiting as the options say while a writer has the lock or waits for it.</summary>
    /// <inheritdoc cref="IDistributedLock.AcquireAsync" path="/param" />
    /// <returns>The handle that owns the read lock. Dispose it to release it.</returns>
    /// <inheritdoc cref="IDistributedLock.AcquireAsync" path="/exception" />
    /// <exception cref="NotSupportedException">The store has no reader-writer locks.</exception>
    ValueTask<IDistributedLockHandle> AcquireReadLockAsync(string key, AcquireOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Acquires a read lock if no writer has the lock or waits for it: one attempt, or as long as
    /// <see cref="AcquireOptions.WaitTimeout"/> says.
    /// </summary>
    /// <inheritdoc cref="IDistributedLock.TryAcquireAsync" path="/param" />
    /// <returns>The handle that owns the read lock, or null when a writer has the lock or waits for it.</returns>
    /// <inheritdoc cref="IDistributedLock.TryAcquireAsync" path="/exception" />
    /// <exception cref="NotSupportedException">The store has no reader-writer locks.</exception>
    ValueTask<IDistributedLockHandle?> TryAcquireReadLockAsync(string key, AcquireOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Acquires the write lock, waiting as the options say while anybody else has the lock.</summary>
    /// <inheritdoc cref="IDistributedLock.AcquireAsync" path="/param" />
    /// <returns>The handle that owns the write lock. Dispose it to release it.</returns>
    /// <inheritdoc cref="IDistributedLock.AcquireAsync" path="/exception" />
    /// <exception cref="NotSupportedException">The store has no reader-writer locks.</exception>
    ValueTask<IDistributedLockHandle> AcquireWriteLockAsync(string key, AcquireOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Acquires the write lock if nobody else has the lock: one attempt, or as long as
    /// <see cref="AcquireOptions.WaitTimeout"/> says.
    /// </summary>
    /// <inheritdoc cref="IDistributedLock.TryAcquireAsync" path="/param" />
    /// <returns>The handle that owns the write lock, or null when somebody else has the lock.</returns>
    /// <inheritdoc cref="IDistributedLock.TryAcquireAsync" path="/exception" />
    /// <exception cref="NotSupportedException">The store has no reader-writer locks.</exception>
    ValueTask<IDistributedLockHandle?> TryAcquireWriteLockAsync(string key, AcquireOptions? options = null, CancellationToken cancellationToken = default);
}
