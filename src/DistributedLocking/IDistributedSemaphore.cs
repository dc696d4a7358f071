namespace DistributedLocking;

/// <summary>
/// A semaphore that holds across processes and machines: so many handles per key are held at a time at most.
/// </summary>
/// <remarks>
/// <para>Each caller is judged by the count that it names itself: it becomes a holder when fewer than that hold the
/// key. So callers of one key should name the same count. One that names 1 is alone.</para>
/// <para>First come, first served; whether that holds across processes is said by the provider's page. Each holder has
/// a lease of its own, so the permit of one that crashed comes back at its time to live. Its fencing token is larger
/// than those of all earlier holders, and guards nothing that holders share: a guard would refuse the older of two that
/// hold at the same time. It is another thing than the lock that <see cref="IDistributedLock"/> has of the same
/// key.</para>
/// </remarks>
public interface IDistributedSemaphore
{
    /// <summary>Acquires a permit, waiting as the options say while as many as allowed have one.</summary>
    /// <param name="key">
    /// What to limit. Ordinal: case, trailing spaces, normalization form and any length are significant.
    /// </param>
    /// <param name="maxCount">How many may hold the key at once, this caller included: one at least.</param>
    /// <param name="options">What differs from the configured defaults in this call; null for none.</param>
    /// <param name="cancellationToken">Cancels the wait. A cancelled caller never ends up a holder.</param>
    /// <returns>The handle that owns the permit. Dispose it to release the permit.</returns>
    /// <inheritdoc cref="IDistributedLock.AcquireAsync" path="/exception" />
    /// <exception cref="NotSupportedException">The store has no semaphores.</exception>
    ValueTask<IDistributedLockHandle> AcquireAsync(string key, int maxCount, AcquireOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Acquires a permit if one is free: one attempt, or as long as <see cref="AcquireOptions.WaitTimeout"/> says.
    /// </summary>
    /// <param name="key">What to limit.</param>
    /// <param name="maxCount">How many may hold the key at once, this caller included: one at least.</param>
    /// <param name="options">What differs from the configured defaults in this call; null for none.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The handle that owns the permit, or null when as many as allowed have one.</returns>
    /// <inheritdoc cref="IDistributedLock.TryAcquireAsync" path="/exception" />
    /// <exception cref="NotSupportedException">The store has no semaphores.</exception>
    ValueTask<IDistributedLockHandle?> TryAcquireAsync(string key, int maxCount, AcquireOptions? options = null, CancellationToken cancellationToken = default);
}
