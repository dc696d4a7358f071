using System.Runtime.CompilerServices;

namespace DistributedLocking;

// The overload with options has priority so that a bare "default" is an options object, as it is in the asynchronous
// calls.
public static partial class DistributedLockExtensions
{
    /// <summary>
    /// Acquires the lock, waiting as the options say while somebody else holds it. Blocks the thread.
    /// </summary>
    /// <remarks>
    /// For code that can't await. A blocked thread is a costly way to wait: prefer
    /// <see cref="IDistributedLock.AcquireAsync"/>.
    /// </remarks>
    /// <param name="locks">The locks.</param>
    /// <param name="key">What to lock.</param>
    /// <param name="options">What differs from the configured defaults in this call; null for none.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The handle that owns the lock. Dispose it to release the lock.</returns>
    /// <inheritdoc cref="IDistributedLock.AcquireAsync" path="/exception" />
    [OverloadResolutionPriority(1)]
    public static IDistributedLockHandle Acquire(
        this IDistributedLock locks, string key, AcquireOptions? options = null, CancellationToken cancellationToken = default) =>
        Wait(() => Check(locks).AcquireAsync(key, options, cancellationToken));

    /// <inheritdoc cref="AcquireAsync(IDistributedLock, string, TimeSpan, CancellationToken)" />
    /// <remarks>Blocks the thread; prefer the asynchronous twin.</remarks>
    public static IDistributedLockHandle Acquire(
        this IDistributedLock locks, string key, TimeSpan waitTimeout, CancellationToken cancellationToken = default) =>
        locks.Acquire(key, WaitFor(waitTimeout), cancellationToken);

    /// <inheritdoc cref="AcquireAsync(IDistributedLock, string, CancellationToken)" />
    /// <remarks>Blocks the thread; prefer the asynchronous twin.</remarks>
    public static IDistributedLockHandle Acquire(this IDistributedLock locks, string key, CancellationToken cancellationToken) =>
        locks.Acquire(key, options: null, cancellationToken);

    /// <summary>
    /// Acquires the lock if it is free: one attempt, or as long as <see cref="AcquireOptions.WaitTimeout"/> says.
    /// Blocks the thread.
    /// </summary>
    /// <remarks>
    /// For code that can't await. A blocked thread is a costly way to wait: prefer
    /// <see cref="IDistributedLock.TryAcquireAsync"/>.
    /// </remarks>
    /// <param name="locks">The locks.</param>
    /// <param name="key">What to lock.</param>
    /// <param name="options">What differs from the configured defaults in this call; null for none.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The handle that owns the lock, or null when somebody else holds it.</returns>
    /// <inheritdoc cref="IDistributedLock.TryAcquireAsync" path="/exception" />
    [OverloadResolutionPriority(1)]
    public static IDistributedLockHandle? TryAcquire(
        this IDistributedLock locks, string key, AcquireOptions? options = null, CancellationToken cancellationToken = default) =>
        Wait(() => Check(locks).TryAcquireAsync(key, options, cancellationToken));

    /// <inheritdoc cref="TryAcquireAsync(IDistributedLock, string, TimeSpan, CancellationToken)" />
    /// <remarks>Blocks the thread; prefer the asynchronous twin.</remarks>
    public static IDistributedLockHandle? TryAcquire(
        this IDistributedLock locks, string key, TimeSpan waitTimeout, CancellationToken cancellationToken = default) =>
        locks.TryAcquire(key, WaitFor(waitTimeout), cancellationToken);

    /// <inheritdoc cref="TryAcquireAsync(IDistributedLock, string, CancellationToken)" />
    /// <remarks>Blocks the thread; prefer the asynchronous twin.</remarks>
    public static IDistributedLockHandle? TryAcquire(this IDistributedLock locks, string key, CancellationToken cancellationToken) =>
        locks.TryAcquire(key, options: null, cancellationToken);

    /// <summary>
    /// Releases the oldest unreleased acquisition of this key that was made through this instance. Blocks the thread.
    /// </summary>
    /// <inheritdoc cref="IDistributedLock.ReleaseAsync" path="/remarks" />
    /// <remarks>
    /// For code that can't await. Prefer to dispose the handle, which can't release an acquisition other than its own.
    /// </remarks>
    /// <param name="locks">The locks.</param>
    /// <param name="key">The key that was acquired.</param>
    /// <param name="cancellationToken">Stops waiting for the release, which goes on in the background.</param>
    /// <returns>
    /// True when the lock was released; false when there was nothing to release or the lock had been lost.
    /// </returns>
    /// <inheritdoc cref="IDistributedLock.ReleaseAsync" path="/exception" />
    public static bool Release(this IDistributedLock locks, string key, CancellationToken cancellationToken = default) =>
        Wait(() => Check(locks).ReleaseAsync(key, cancellationToken));

    /// <summary>
    /// Blocks until a call has ended. It starts on this thread, so one that need not wait takes no other, but without
    /// the thread's context: an implementation or a decorator that awaits without <c>ConfigureAwait(false)</c> would
    /// else go on where we block.
    /// </summary>
    private static T Wait<T>(Func<ValueTask<T>> call)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            // A task scheduler of the caller's can't be taken off the thread; there the call starts on the pool.
            var pending = TaskScheduler.Current == TaskScheduler.Default ? call() : new ValueTask<T>(Task.Run(() => call().AsTask()));

            // Waiting on a task, not on an event, tells the pool to add a thread when it is one of its own that blocks.
#pragma warning disable VSTHRD002 // To block is what these methods are for; nothing that the call needs runs on this thread.
            return pending.IsCompleted ? pending.GetAwaiter().GetResult() : pending.AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}
