namespace DistributedLocking;

/// <summary>Short calls, formatted keys and blocking twins of <see cref="IDistributedLock"/>'s members.</summary>
/// <remarks>
/// <para>The names with an <c>f</c> make the key from a format, always in the invariant culture: a key must not depend
/// on a host's. No value may be null, which would make the same key as an empty text. They can't help where the culture
/// or the boundary between values is lost before: a string put together by <c>+</c> or by a conditional is a plain
/// format, and values that contain the separator may make two keys one.</para>
/// <para>The names without <c>Async</c> block the thread until the call has ended. They are for code that can't await;
/// they don't deadlock under a synchronization context, but a blocked thread is a costly way to wait.</para>
/// </remarks>
// All overloads of a name stay in this one class: the compiler compares OverloadResolutionPriority only within a class.
public static partial class DistributedLockExtensions
{
    /// <summary>Acquires the lock, waiting for a given time while somebody else holds it.</summary>
    /// <param name="locks">The locks.</param>
    /// <param name="key">What to lock.</param>
    /// <param name="waitTimeout">
    /// How long to wait: zero for one attempt, <see cref="Timeout.InfiniteTimeSpan"/> for no limit.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The handle that owns the lock. Dispose it to release the lock.</returns>
    /// <inheritdoc cref="IDistributedLock.AcquireAsync" path="/exception" />
    public static ValueTask<IDistributedLockHandle> AcquireAsync(
        this IDistributedLock locks, string key, TimeSpan waitTimeout, CancellationToken cancellationToken = default) =>
        Check(locks).AcquireAsync(key, WaitFor(waitTimeout), cancellationToken);

    /// <summary>Acquires the lock, waiting as the configured retry policy says while somebody else holds it.</summary>
    /// <param name="locks">The locks.</param>
    /// <param name="key">What to lock.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The handle that owns the lock. Dispose it to release the lock.</returns>
    /// <inheritdoc cref="IDistributedLock.AcquireAsync" path="/exception" />
    public static ValueTask<IDistributedLockHandle> AcquireAsync(this IDistributedLock locks, string key, CancellationToken cancellationToken) =>
        Check(locks).AcquireAsync(key, options: null, cancellationToken);

    /// <summary>Acquires the lock if it becomes free within a given time.</summary>
    /// <param name="locks">The locks.</param>
    /// <param name="key">What to lock.</param>
    /// <param name="waitTimeout">
    /// How long to wait: zero for one attempt, <see cref="Timeout.InfiniteTimeSpan"/> for no limit.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The handle that owns the lock, or null when somebody else holds it.</returns>
    /// <inheritdoc cref="IDistributedLock.TryAcquireAsync" path="/exception" />
    public static ValueTask<IDistributedLockHandle?> TryAcquireAsync(
        this IDistributedLock locks, string key, TimeSpan waitTimeout, CancellationToken cancellationToken = default) =>
        Check(locks).TryAcquireAsync(key, WaitFor(waitTimeout), cancellationToken);

    /// <summary>Acquires the lock if it is free, in one attempt.</summary>
    /// <param name="locks">The locks.</param>
    /// <param name="key">What to lock.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>The handle that owns the lock, or null when somebody else holds it.</returns>
    /// <inheritdoc cref="IDistributedLock.TryAcquireAsync" path="/exception" />
    public static ValueTask<IDistributedLockHandle?> TryAcquireAsync(this IDistributedLock locks, string key, CancellationToken cancellationToken) =>
        Check(locks).TryAcquireAsync(key, options: null, cancellationToken);

    private static IDistributedLock Check(IDistributedLock locks)
    {
        ArgumentNullException.ThrowIfNull(locks);
        return locks;
    }

    private static AcquireOptions WaitFor(TimeSpan waitTimeout) => new() { WaitTimeout = waitTimeout };
}
