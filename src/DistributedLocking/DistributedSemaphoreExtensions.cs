namespace DistributedLocking;

/// <summary>Short calls of <see cref="IDistributedSemaphore"/>'s members.</summary>
public static class DistributedSemaphoreExtensions
{
    /// <summary>Acquires a permit, waiting for a given time while as many as allowed have one.</summary>
    /// <param name="semaphores">The semaphores.</param>
    /// <param name="key">What to limit.</param>
    /// <param name="maxCount">How many may hold the key at once, this caller included: one at least.</param>
    /// <param name="waitTimeout">
    /// How long to wait: zero for one attempt, <see cref="Timeout.InfiniteTimeSpan"/> for no limit.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <inheritdoc cref="IDistributedSemaphore.AcquireAsync" path="/returns" />
    /// <inheritdoc cref="IDistributedSemaphore.AcquireAsync" path="/exception" />
    public static ValueTask<IDistributedLockHandle> AcquireAsync(
        this IDistributedSemaphore semaphores, string key, int maxCount, TimeSpan waitTimeout, CancellationToken cancellationToken = default) =>
        Check(semaphores).AcquireAsync(key, maxCount, WaitFor(waitTimeout), cancellationToken);

    /// <summary>
    /// Acquires a permit, waiting as the configured retry policy says while as many as allowed have one.
    /// </summary>
    /// <param name="semaphores">The semaphores.</param>
    /// <param name="key">What to limit.</param>
    /// <param name="maxCount">How many may hold the key at once, this caller included: one at least.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <inheritdoc cref="IDistributedSemaphore.AcquireAsync" path="/returns" />
    /// <inheritdoc cref="IDistributedSemaphore.AcquireAsync" path="/exception" />
    public static ValueTask<IDistributedLockHandle> AcquireAsync(
        this IDistributedSemaphore semaphores, string key, int maxCount, CancellationToken cancellationToken) =>
        Check(semaphores).AcquireAsync(key, maxCount, options: null, cancellationToken);

    /// <summary>Acquires a permit if one becomes free within a given time.</summary>
    /// <param name="semaphores">The semaphores.</param>
    /// <param name="key">What to limit.</param>
    /// <param name="maxCount">How many may hold the key at once, this caller included: one at least.</param>
    /// <param name="waitTimeout">
    /// How long to wait: zero for one attempt, <see cref="Timeout.InfiniteTimeSpan"/> for no limit.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <inheritdoc cref="IDistributedSemaphore.TryAcquireAsync" path="/returns" />
    /// <inheritdoc cref="IDistributedSemaphore.TryAcquireAsync" path="/exception" />
    public static ValueTask<IDistributedLockHandle?> TryAcquireAsync(
        this IDistributedSemaphore semaphores, string key, int maxCount, TimeSpan waitTimeout, CancellationToken cancellationToken = default) =>
        Check(semaphores).TryAcquireAsync(key, maxCount, WaitFor(waitTimeout), cancellationToken);

    /// <summary>Acquires a permit if one is free, in one attempt.</summary>
    /// <param name="semaphores">The semaphores.</param>
    /// <param name="key">What to limit.</param>
    /// <param name="maxCount">How many may hold the key at once, this caller included: one at least.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <inheritdoc cref="IDistributedSemaphore.TryAcquireAsync" path="/returns" />
    /// <inheritdoc cref="IDistributedSemaphore.TryAcquireAsync" path="/exception" />
    public static ValueTask<IDistributedLockHandle?> TryAcquireAsync(
        this IDistributedSemaphore semaphores, string key, int maxCount, CancellationToken cancellationToken) =>
        Check(semaphores).TryAcquireAsync(key, maxCount, options: null, cancellationToken);

    private static IDistributedSemaphore Check(IDistributedSemaphore semaphores)
    {
        ArgumentNullException.ThrowIfNull(semaphores);
        return semaphores;
    }

    private static AcquireOptions WaitFor(TimeSpan waitTimeout) => new() { WaitTimeout = waitTimeout };
}
