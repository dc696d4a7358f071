namespace DistributedLocking;

/// <summary>A lock that is held. Disposing it releases the lock.</summary>
/// <remarks>
/// Keep the handle, or its <see cref="LostToken"/>, reachable for as long as the lock is needed: renewal ends when both
/// have been garbage collected, and the lock then lapses within one time to live. Members are safe for concurrent use.
/// </remarks>
public interface IDistributedLockHandle : IAsyncDisposable, IDisposable
{
    /// <summary>The key that is locked.</summary>
    string Key { get; }

    /// <summary>
    /// The unguessable value that the store keeps for this owner; it starts with the machine's name and the process id.
    /// </summary>
    string OwnerId { get; }

    /// <summary>
    /// A number larger than that of every earlier holder of this key. Pass it to a guard that refuses older ones.
    /// </summary>
    long FencingToken { get; }

    /// <summary>
    /// Whether the lock is held: false after a release, a loss, or when the lease's local deadline has passed.
    /// </summary>
    bool IsHeld { get; }

    /// <summary>
    /// The time until the lease's local deadline, on a monotonic clock; zero when the lock is not held.
    /// </summary>
    /// <remarks>On Linux that clock stands still while the machine is suspended.</remarks>
    TimeSpan RemainingTime { get; }

    /// <summary>Cancelled when the lock is lost, and never by a normal release.</summary>
    CancellationToken LostToken { get; }

    /// <summary>Makes the lease last for the given time from now on.</summary>
    /// <remarks>
    /// An extension that failed may still reach the store, and cut the lease to its own time. So a later, longer one
    /// counts in full only where the store keeps the order of what it is sent; elsewhere <see cref="RemainingTime"/>
    /// stays that short, and the lease is renewed as often as that needs.
    /// </remarks>
    /// <param name="timeToLive">The time to live, also used by later renewals; null for the present one.</param>
    /// <param name="cancellationToken">Stops waiting for the store's answer.</param>
    /// <exception cref="DistributedLockLostException">The lock is not held any more.</exception>
    /// <exception cref="DistributedLockUnavailableException">
    /// The store failed; the lease ends at its present deadline unless a renewal succeeds.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The time to live is out of its range.</exception>
    ValueTask ExtendAsync(TimeSpan? timeToLive = null, CancellationToken cancellationToken = default);

    /// <summary>Releases the lock. A second release, or a dispose after it, does nothing.</summary>
    /// <param name="cancellationToken">Stops waiting for the store's answer; the release itself goes on.</param>
    /// <returns>True when the lock was ours until now; false when it had been lost or was released before.</returns>
    /// <exception cref="DistributedLockUnavailableException">
    /// The store failed; the release is tried again in the background.
    /// </exception>
    ValueTask<bool> ReleaseAsync(CancellationToken cancellationToken = default);
}
