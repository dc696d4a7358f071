using DistributedLocking.Etcd.Keys;
using DistributedLocking.Providers;

namespace DistributedLocking.Etcd;

/// <summary>
/// The guard on the resource's side for values that live in etcd: a transaction of yours that compares whether the lock
/// is still held, so that a holder that lost it can't write.
/// </summary>
public static class EtcdFencing
{
    /// <summary>
    /// The name in etcd that exists as long as this acquisition holds its lock (not a reader-writer lock or a semaphore). Nobody else ever has it: compare in the
    /// transaction that writes that its create revision is not 0 (<c>target CREATE, result NOT_EQUAL, create_revision
    /// 0</c>).
    /// </summary>
    /// <param name="handle">The acquisition.</param>
    /// <param name="keyPrefix">
    /// The lock's <see cref="DistributedLockOptions.KeyPrefix"/>. Default: that of the options, <c>lock:</c>.
    /// </param>
    /// <returns>The name.</returns>
    public static byte[] OwnerName(IDistributedLockHandle handle, string keyPrefix = "lock:")
    {
        ArgumentNullException.ThrowIfNull(handle);
        ArgumentNullException.ThrowIfNull(keyPrefix);
        return new LockNames(keyPrefix).Owners(new LeaseReference(handle.Key, handle.OwnerId))[0].ToByteArray();
    }
}
