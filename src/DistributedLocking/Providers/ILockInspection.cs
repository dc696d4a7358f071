namespace DistributedLocking.Providers;

/// <summary>
/// What a provider with <see cref="LockProviderCapabilities.Inspection"/> can tell of its store:
/// <see cref="ILockProvider.Inspection"/>. It never makes a lock slower, and takes none itself, not even for a moment.
/// </summary>
public interface ILockInspection
{
    /// <summary>Lists who holds what, of the provider's own <see cref="DistributedLockOptions.KeyPrefix"/>.</summary>
    /// <param name="prefix">What the keys begin with; empty for all.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <returns>The holders, in any order, no one twice.</returns>
    IAsyncEnumerable<LockHolder> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Finds who holds a key, in each of its modes.</summary>
    /// <param name="key">The key, as a caller of the lock gives it.</param>
    /// <param name="cancellationToken">Ends the wait for the answer.</param>
    /// <returns>The holders.</returns>
    ValueTask<IReadOnlyList<LockHolder>> FindAsync(string key, CancellationToken cancellationToken);

    /// <summary>
    /// Takes a key away from a holder, and from nobody else who may hold it by now. The holder's next renewal says
    /// "lost", and a waiter is woken as by a release.
    /// </summary>
    /// <param name="holder">What <see cref="FindAsync"/> told.</param>
    /// <param name="cancellationToken">Ends the wait for the answer.</param>
    /// <returns>Whether it held the key until now.</returns>
    ValueTask<bool> ForceReleaseAsync(LockHolder holder, CancellationToken cancellationToken);
}
