namespace DistributedLocking;

/// <summary>
/// Shows who holds which key, and takes a key away from whoever holds it: for people and their tools, not for code that
/// takes locks. What it tells may be over by the time it is read.
/// </summary>
/// <remarks>
/// <para>It is registered together with <see cref="IDistributedLock"/>. Where the store can't tell who holds what, to
/// resolve it throws <see cref="NotSupportedException"/>, which says who can.</para>
/// <para>It looks at the keys of its lock's own <see cref="DistributedLockOptions.KeyPrefix"/>. It never takes part in
/// locking: no lock is taken, slowed down or kept because somebody looks.</para>
/// </remarks>
public interface IDistributedLockInspector
{
    /// <summary>Lists who holds what. It is no snapshot: what changes meanwhile may be missing or there.</summary>
    /// <param name="prefix">What the keys begin with; empty for all.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <returns>The holders, in no particular order; several for a key that several hold.</returns>
    /// <exception cref="NotSupportedException">The store can't tell; the message says who can.</exception>
    /// <exception cref="DistributedLockUnavailableException">The store failed.</exception>
    IAsyncEnumerable<LockHolder> ListAsync(string prefix = "", CancellationToken cancellationToken = default);

    /// <summary>Finds who holds a key: its lock, its reader-writer lock and its semaphore.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Ends the wait for the answer.</param>
    /// <returns>The holders; none when the key is free.</returns>
    /// <exception cref="NotSupportedException">The store can't tell; the message says who can.</exception>
    /// <exception cref="DistributedLockUnavailableException">The store failed.</exception>
    ValueTask<IReadOnlyList<LockHolder>> FindAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>
    /// Takes the key away from all that hold it. Their next renewals say that they are lost; until then, or until its
    /// lease's deadline, a holder believes in its lock, while another may have it already. Waiters are woken.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Ends the wait for the answer.</param>
    /// <returns>How many holders it was taken from; 0 when the key was free.</returns>
    /// <exception cref="NotSupportedException">The store can't; the message says who can.</exception>
    /// <exception cref="DistributedLockUnavailableException">The store failed.</exception>
    ValueTask<int> ForceReleaseAsync(string key, CancellationToken cancellationToken = default);
}
