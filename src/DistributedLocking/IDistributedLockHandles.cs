namespace DistributedLocking;

/// <summary>
/// Locks of several keys that were acquired together, in the ordinal order of their keys. Disposing it releases them
/// all.
/// </summary>
/// <remarks>
/// Keep it, or its <see cref="LostToken"/>, reachable for as long as the locks are needed, as a single handle.
/// </remarks>
public interface IDistributedLockHandles : IReadOnlyList<IDistributedLockHandle>, IAsyncDisposable, IDisposable
{
    /// <summary>Whether all of the locks are held.</summary>
    bool IsHeld { get; }

    /// <summary>The least of the locks' remaining times; zero when one is not held.</summary>
    TimeSpan RemainingTime { get; }

    /// <summary>Cancelled when any of the locks is lost, and never by a normal release.</summary>
    CancellationToken LostToken { get; }

    /// <summary>Makes all of the leases last for the given time from now on.</summary>
    /// <param name="timeToLive">The time to live, also used by later renewals; null for the present one.</param>
    /// <param name="cancellationToken">Stops waiting for the store's answers.</param>
    /// <returns>A task that ends when each lease was extended, or the store has answered for each.</returns>
    /// <exception cref="DistributedLockLostException">
    /// One of the locks is not held any more; the others may have been extended.
    /// </exception>
    /// <exception cref="DistributedLockUnavailableException">
    /// The store failed for one of them; the others may have been extended.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The time to live is out of its range.</exception>
    ValueTask ExtendAsync(TimeSpan? timeToLive = null, CancellationToken cancellationToken = default);

    /// <summary>Releases all of the locks. A second release, or a dispose after it, does nothing.</summary>
    /// <param name="cancellationToken">Stops waiting for the store's answers; the releases themselves go on.</param>
    /// <returns>
    /// True when all of the locks were ours until now; false when one had been lost or was released before.
    /// </returns>
    /// <exception cref="DistributedLockUnavailableException">
    /// The store failed for one of them; its release is tried again in the background.
    /// </exception>
    ValueTask<bool> ReleaseAsync(CancellationToken cancellationToken = default);
}
