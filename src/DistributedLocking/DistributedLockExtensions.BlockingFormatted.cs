using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using DistributedLocking.Keys;

namespace DistributedLocking;

// Priorities, for calls such as AcquirefAsync($"k{1.5}", token) to bind as they read: an interpolated string with
// options or token goes before one with a time-out (a bare "default" is an options object), and both before the format,
// which would take the string in the thread's culture and drop the rest.
public static partial class DistributedLockExtensions
{
    /// <summary>
    /// Acquires the lock, waiting as the options say while somebody else holds it. Blocks the thread.
    /// The key comes from an interpolated string.
    /// </summary>
    /// <param name="locks">The locks.</param>
    /// <param name="key">
    /// What to lock, such as <c>$"tenant:{tenantId}"</c>. Formatted in the invariant culture; no hole may be null.
    /// </param>
    /// <param name="options">What differs from the configured defaults in this call; null for none.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The handle that owns the lock. Dispose it to release the lock.</returns>
    /// <inheritdoc cref="IDistributedLock.AcquireAsync" path="/exception" />
    [OverloadResolutionPriority(1)]
    public static IDistributedLockHandle Acquiref(
        this IDistributedLock locks, ref LockKeyInterpolatedStringHandler key, AcquireOptions? options = null, CancellationToken cancellationToken = default) =>
        locks.Acquire(key.GetKey(), options, cancellationToken);

    /// <inheritdoc cref="Acquiref(IDistributedLock, ref LockKeyInterpolatedStringHandler, AcquireOptions?, CancellationToken)" />
    [OverloadResolutionPriority(1)]
    public static IDistributedLockHandle Acquiref(
        this IDistributedLock locks, ref LockKeyInterpolatedStringHandler key, CancellationToken cancellationToken) =>
        locks.Acquire(key.GetKey(), options: null, cancellationToken);

    /// <inheritdoc cref="Acquiref(IDistributedLock, ref LockKeyInterpolatedStringHandler, AcquireOptions?, CancellationToken)" />
    [OverloadResolutionPriority(1)]
    public static IDistributedLockHandle Acquiref(
        this IDistributedLock locks, AcquireOptions? options, CancellationToken cancellationToken, ref LockKeyInterpolatedStringHandler key) =>
        locks.Acquire(key.GetKey(), options, cancellationToken);

    /// <inheritdoc cref="Acquiref(IDistributedLock, ref LockKeyInterpolatedStringHandler, AcquireOptions?, CancellationToken)" />
    /// <param name="locks">The locks.</param>
    /// <param name="key">What to lock. Formatted in the invariant culture; no hole may be null.</param>
    /// <param name="waitTimeout">
    /// How long to wait: zero for one attempt, <see cref="Timeout.InfiniteTimeSpan"/> for no limit.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public static IDistributedLockHandle Acquiref(
        this IDistributedLock locks, ref LockKeyInterpolatedStringHandler key, TimeSpan waitTimeout, CancellationToken cancellationToken = default) =>
        locks.Acquire(key.GetKey(), WaitFor(waitTimeout), cancellationToken);

    /// <summary>
    /// Acquires the lock, waiting as the options say while somebody else holds it. Blocks the thread. The key comes
    /// from a composite format.
    /// </summary>
    /// <param name="locks">The locks.</param>
    /// <param name="format">
    /// The key with placeholders, such as <c>"tenant:{0}"</c>. Formatted in the invariant culture.
    /// </param>
    /// <param name="arguments">
    /// The values of the placeholders: each is used, none is null. Options and token come before the format.
    /// </param>
    /// <returns>The handle that owns the lock. Dispose it to release the lock.</returns>
    /// <inheritdoc cref="IDistributedLock.AcquireAsync" path="/exception" />
    /// <exception cref="FormatException">
    /// The format is malformed, or its placeholders don't match the arguments.
    /// </exception>
    [OverloadResolutionPriority(-1)]
    public static IDistributedLockHandle Acquiref(
        this IDistributedLock locks, [StringSyntax(StringSyntaxAttribute.CompositeFormat)] string format, params object?[] arguments) =>
        locks.Acquire(LockKeyFormat.Format(format, arguments));

    /// <inheritdoc cref="Acquiref(IDistributedLock, string, object?[])" />
    /// <param name="locks">The locks.</param>
    /// <param name="options">What differs from the configured defaults in this call; null for none.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <param name="format">
    /// The key with placeholders, such as <c>"tenant:{0}"</c>. Formatted in the invariant culture.
    /// </param>
    /// <param name="arguments">The values of the placeholders: each is used, none is null.</param>
    public static IDistributedLockHandle Acquiref(
        this IDistributedLock locks,
        AcquireOptions? options,
        CancellationToken cancellationToken,
        [StringSyntax(StringSyntaxAttribute.CompositeFormat)] string format,
        params object?[] arguments) =>
        locks.Acquire(LockKeyFormat.Format(format, arguments), options, cancellationToken);

    /// <summary>
    /// Acquires the lock if it is free: one attempt, or as long as the wait time-out says. Blocks the thread.
    /// The key comes from an interpolated string.
    /// </summary>
    /// <param name="locks">The locks.</param>
    /// <param name="key">
    /// What to lock, such as <c>$"tenant:{tenantId}"</c>. Formatted in the invariant culture; no hole may be null.
    /// </param>
    /// <param name="options">What differs from the configured defaults in this call; null for none.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The handle that owns the lock, or null when somebody else holds it.</returns>
    /// <inheritdoc cref="IDistributedLock.TryAcquireAsync" path="/exception" />
    [OverloadResolutionPriority(1)]
    public static IDistributedLockHandle? TryAcquiref(
        this IDistributedLock locks, ref LockKeyInterpolatedStringHandler key, AcquireOptions? options = null, CancellationToken cancellationToken = default) =>
        locks.TryAcquire(key.GetKey(), options, cancellationToken);

    /// <inheritdoc cref="TryAcquiref(IDistributedLock, ref LockKeyInterpolatedStringHandler, AcquireOptions?, CancellationToken)" />
    [OverloadResolutionPriority(1)]
    public static IDistributedLockHandle? TryAcquiref(
        this IDistributedLock locks, ref LockKeyInterpolatedStringHandler key, CancellationToken cancellationToken) =>
        locks.TryAcquire(key.GetKey(), options: null, cancellationToken);

    /// <inheritdoc cref="TryAcquiref(IDistributedLock, ref LockKeyInterpolatedStringHandler, AcquireOptions?, CancellationToken)" />
    [OverloadResolutionPriority(1)]
    public static IDistributedLockHandle? TryAcquiref(
        this IDistributedLock locks, AcquireOptions? options, CancellationToken cancellationToken, ref LockKeyInterpolatedStringHandler key) =>
        locks.TryAcquire(key.GetKey(), options, cancellationToken);

    /// <inheritdoc cref="TryAcquiref(IDistributedLock, ref LockKeyInterpolatedStringHandler, AcquireOptions?, CancellationToken)" />
    /// <param name="locks">The locks.</param>
    /// <param name="key">What to lock. Formatted in the invariant culture; no hole may be null.</param>
    /// <param name="waitTimeout">
    /// How long to wait: zero for one attempt, <see cref="Timeout.InfiniteTimeSpan"/> for no limit.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public static IDistributedLockHandle? TryAcquiref(
        this IDistributedLock locks, ref LockKeyInterpolatedStringHandler key, TimeSpan waitTimeout, CancellationToken cancellationToken = default) =>
        locks.TryAcquire(key.GetKey(), WaitFor(waitTimeout), cancellationToken);

    /// <summary>
    /// Acquires the lock if it is free: one attempt, or as long as the wait time-out says. Blocks the thread.
    /// The key comes from a composite format.
    /// </summary>
    /// <param name="locks">The locks.</param>
    /// <param name="format">
    /// The key with placeholders, such as <c>"tenant:{0}"</c>. Formatted in the invariant culture.
    /// </param>
    /// <param name="arguments">
    /// The values of the placeholders: each is used, none is null. Options and token come before the format.
    /// </param>
    /// <returns>The handle that owns the lock, or null when somebody else holds it.</returns>
    /// <inheritdoc cref="IDistributedLock.TryAcquireAsync" path="/exception" />
    /// <exception cref="FormatException">
    /// The format is malformed, or its placeholders don't match the arguments.
    /// </exception>
    [OverloadResolutionPriority(-1)]
    public static IDistributedLockHandle? TryAcquiref(
        this IDistributedLock locks, [StringSyntax(StringSyntaxAttribute.CompositeFormat)] string format, params object?[] arguments) =>
        locks.TryAcquire(LockKeyFormat.Format(format, arguments));

    /// <inheritdoc cref="TryAcquiref(IDistributedLock, string, object?[])" />
    /// <param name="locks">The locks.</param>
    /// <param name="options">What differs from the configured defaults in this call; null for none.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <param name="format">
    /// The key with placeholders, such as <c>"tenant:{0}"</c>. Formatted in the invariant culture.
    /// </param>
    /// <param name="arguments">The values of the placeholders: each is used, none is null.</param>
    public static IDistributedLockHandle? TryAcquiref(
        this IDistributedLock locks,
        AcquireOptions? options,
        CancellationToken cancellationToken,
        [StringSyntax(StringSyntaxAttribute.CompositeFormat)] string format,
        params object?[] arguments) =>
        locks.TryAcquire(LockKeyFormat.Format(format, arguments), options, cancellationToken);

    /// <summary>
    /// Releases the oldest unreleased acquisition of this key that was made through this instance. Blocks the thread.
    /// The key comes from an interpolated string.
    /// </summary>
    /// <inheritdoc cref="IDistributedLock.ReleaseAsync" path="/remarks" />
    /// <param name="locks">The locks.</param>
    /// <param name="key">The key that was acquired. Formatted in the invariant culture; no hole may be null.</param>
    /// <param name="cancellationToken">Stops waiting for the release, which goes on in the background.</param>
    /// <returns>
    /// True when the lock was released; false when there was nothing to release or the lock had been lost.
    /// </returns>
    /// <inheritdoc cref="IDistributedLock.ReleaseAsync" path="/exception" />
    [OverloadResolutionPriority(1)]
    public static bool Releasef(
        this IDistributedLock locks, ref LockKeyInterpolatedStringHandler key, CancellationToken cancellationToken = default) =>
        locks.Release(key.GetKey(), cancellationToken);

    /// <inheritdoc cref="Releasef(IDistributedLock, ref LockKeyInterpolatedStringHandler, CancellationToken)" />
    [OverloadResolutionPriority(1)]
    public static bool Releasef(
        this IDistributedLock locks, CancellationToken cancellationToken, ref LockKeyInterpolatedStringHandler key) =>
        locks.Release(key.GetKey(), cancellationToken);

    /// <summary>
    /// Releases the oldest unreleased acquisition of this key that was made through this instance. Blocks the thread.
    /// The key comes from a composite format.
    /// </summary>
    /// <inheritdoc cref="IDistributedLock.ReleaseAsync" path="/remarks" />
    /// <param name="locks">The locks.</param>
    /// <param name="format">
    /// The key with placeholders, such as <c>"tenant:{0}"</c>. Formatted in the invariant culture.
    /// </param>
    /// <param name="arguments">
    /// The values of the placeholders: each is used, none is null. The token comes before the format.
    /// </param>
    /// <returns>
    /// True when the lock was released; false when there was nothing to release or the lock had been lost.
    /// </returns>
    /// <inheritdoc cref="IDistributedLock.ReleaseAsync" path="/exception" />
    /// <exception cref="FormatException">
    /// The format is malformed, or its placeholders don't match the arguments.
    /// </exception>
    [OverloadResolutionPriority(-1)]
    public static bool Releasef(
        this IDistributedLock locks, [StringSyntax(StringSyntaxAttribute.CompositeFormat)] string format, params object?[] arguments) =>
        locks.Release(LockKeyFormat.Format(format, arguments));

    /// <inheritdoc cref="Releasef(IDistributedLock, string, object?[])" />
    /// <param name="locks">The locks.</param>
    /// <param name="cancellationToken">Stops waiting for the release, which goes on in the background.</param>
    /// <param name="format">
    /// The key with placeholders, such as <c>"tenant:{0}"</c>. Formatted in the invariant culture.
    /// </param>
    /// <param name="arguments">The values of the placeholders: each is used, none is null.</param>
    public static bool Releasef(
        this IDistributedLock locks,
        CancellationToken cancellationToken,
        [StringSyntax(StringSyntaxAttribute.CompositeFormat)] string format,
        params object?[] arguments) =>
        locks.Release(LockKeyFormat.Format(format, arguments), cancellationToken);
}
