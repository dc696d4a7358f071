using DistributedLocking.SeveralKeys;

namespace DistributedLocking;

/// <content>Several keys at once.</content>
public static partial class DistributedLockExtensions
{
    /// <summary>
    /// Acquires the locks of several keys, all or none, waiting as the options say while somebody else holds one.
    /// </summary>
    /// <remarks>
    /// Callers that want common keys don't deadlock, in whatever order they name them: all is tried at once, and then
    /// one waits only for keys that come after those that one holds. On databases in the row-lock mode each key takes a
    /// connection; leases, or locks in your own transaction, do not.
    /// </remarks>
    /// <param name="locks">The locks.</param>
    /// <param name="keys">What to lock: one key at least. A key that is named twice is locked once.</param>
    /// <param name="options">
    /// What differs from the configured defaults in this call; null for none. <see cref="AcquireOptions.WaitTimeout"/>
    /// is one budget for all keys.
    /// </param>
    /// <param name="cancellationToken">
    /// Cancels the wait. A cancelled caller never ends up a holder of any of them.
    /// </param>
    /// <returns>The handles that own the locks. Dispose it to release them all.</returns>
    /// <exception cref="DistributedLockTimeoutException">
    /// Somebody else held one of the locks, which it names, for the whole wait.
    /// </exception>
    /// <exception cref="DistributedLockUnavailableException">
    /// The store failed, or did not answer within the wait.
    /// </exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ArgumentException">
    /// There is no key, a key is empty or not well-formed UTF-16, or an option is out of its range.
    /// </exception>
    public static async ValueTask<IDistributedLockHandles> AcquireAllAsync(
        this IDistributedLock locks, IEnumerable<string> keys, AcquireOptions? options = null, CancellationToken cancellationToken = default)
    {
        var acquisition = new KeySetAcquisition(Check(locks), KeySet.Order(keys), options, throwIfHeld: true);
        return (await acquisition.RunAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>
    /// Acquires the locks of several keys if all are free: one attempt, or as long as
    /// <see cref="AcquireOptions.WaitTimeout"/> says.
    /// </summary>
    /// <param name="locks">The locks.</param>
    /// <param name="keys">What to lock: one key at least. A key that is named twice is locked once.</param>
    /// <param name="options">What differs from the configured defaults in this call; null for none.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The handles that own the locks, or null when somebody else holds one; nothing is held then.</returns>
    /// <exception cref="DistributedLockUnavailableException">
    /// The store failed, or did not answer within the wait.
    /// </exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ArgumentException">
    /// There is no key, a key is empty or not well-formed UTF-16, or an option is out of its range.
    /// </exception>
    public static async ValueTask<IDistributedLockHandles?> TryAcquireAllAsync(
        this IDistributedLock locks, IEnumerable<string> keys, AcquireOptions? options = null, CancellationToken cancellationToken = default)
    {
        var acquisition = new KeySetAcquisition(Check(locks), KeySet.Order(keys), options, throwIfHeld: false);
        return await acquisition.RunAsync(cancellationToken).ConfigureAwait(false);
    }
}
