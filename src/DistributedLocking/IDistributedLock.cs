namespace DistributedLocking;

/// <summary>
/// A lock that holds across processes and machines: at most one handle per key is held at a time.
/// </summary>
/// <remarks>
/// Instances are safe for concurrent use and meant to live as long as the application; dependency injection registers
/// one per store. The lock is not re-entrant: it does not follow a thread or an asynchronous flow, the handle is the
/// owner. A lock is a lease: a process that pauses for longer than its time to live loses it, so check
/// <see cref="IDistributedLockHandle.LostToken"/> and, where data must never be written by a stale holder, pass
/// <see cref="IDistributedLockHandle.FencingToken"/> to a guard on the resource.
/// </remarks>
public interface IDistributedLock
{
    /// <summary>Acquires the lock, waiting as the options say while somebody else holds it.</summary>
    /// <param name="key">
    /// What to lock. Ordinal: case, trailing spaces, normalization form and any length are significant.
    /// </param>
    /// <param name="options">What differs from the configured defaults in this call; null for none.</param>
    /// <param name="cancellationToken">Cancels the wait. A cancelled caller never ends up a holder.</param>
    /// <returns>The handle that owns the lock. Dispose it to release the lock.</returns>
    /// <exception cref="DistributedLockTimeoutException">Somebody else held the lock for the whole wait.</exception>
    /// <exception cref="DistributedLockUnavailableException">
    /// The store failed, or did not answer within the wait.
    /// </exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ArgumentException">
    /// The key is empty or not well-formed UTF-16, or an option is out of its range.
    /// </exception>
    ValueTask<IDistributedLockHandle> AcquireAsync(string key, AcquireOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Acquires the lock if it is free: one attempt, or as long as <see cref="AcquireOptions.WaitTimeout"/> says.
    /// </summary>
    /// <param name="key">What to lock.</param>
    /// <param name="options">What differs from the configured defaults in this call; null for none.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The handle that owns the lock, or null when somebody else holds it.</returns>
    /// <exception cref="DistributedLockUnavailableException">
    /// The store failed, or did not answer within the wait.
    /// </exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ArgumentException">
    /// The key is empty or not well-formed UTF-16, or an option is out of its range.
    /// </exception>
    ValueTask<IDistributedLockHandle?> TryAcquireAsync(string key, AcquireOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Releases the oldest unreleased acquisition of this key that was made through this instance. Prefer to dispose
    /// the handle, which can't release an acquisition other than its own.
    /// </summary>
    /// <remarks>
    /// The acquisition has to last until then. A lock is renewed only while its handle is reachable: once the handle
    /// has been garbage collected, the lock ends within one time to live, and can be released by key until it does. So
    /// keep the handle in a field, or acquire with <see cref="AcquireOptions.AutoRenew"/> false and a
    /// <see cref="AcquireOptions.TimeToLive"/> that the work fits into.
    /// </remarks>
    /// <param name="key">The key that was acquired.</param>
    /// <param name="cancellationToken">Stops waiting for the release, which goes on in the background.</param>
    /// <returns>
    /// True when the lock was released; false, with a warning in the log, when there was nothing to release or the lock
    /// had been lost.
    /// </returns>
    /// <exception cref="DistributedLockUnavailableException">
    /// The store failed; the release is tried again in the background.
    /// </exception>
    ValueTask<bool> ReleaseAsync(string key, CancellationToken cancellationToken = default);
}
