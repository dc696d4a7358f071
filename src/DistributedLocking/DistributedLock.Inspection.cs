using DistributedLocking.Keys;
using DistributedLocking.Providers;

namespace DistributedLocking;

/// <content>The inspector. Not public here: it is for tools, not for code that takes locks.</content>
public sealed partial class DistributedLock : IDistributedLockInspector
{
    IAsyncEnumerable<LockHolder> IDistributedLockInspector.ListAsync(string prefix, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return _provider.RequireInspection().ListAsync(prefix, cancellationToken);
    }

    ValueTask<IReadOnlyList<LockHolder>> IDistributedLockInspector.FindAsync(string key, CancellationToken cancellationToken)
    {
        LockKeyRules.Check(key);
        return _provider.RequireInspection().FindAsync(key, cancellationToken);
    }

    async ValueTask<int> IDistributedLockInspector.ForceReleaseAsync(string key, CancellationToken cancellationToken)
    {
        LockKeyRules.Check(key);
        var inspection = _provider.RequireInspection();
        var released = 0;
        foreach (var holder in await inspection.FindAsync(key, cancellationToken).ConfigureAwait(false))
        {
            released += await inspection.ForceReleaseAsync(holder, cancellationToken).ConfigureAwait(false) ? 1 : 0;
        }

        return released;
    }

    /// <exception cref="NotSupportedException">The store can't tell who holds what; the message says who can.</exception>
    internal DistributedLock RequireInspection()
    {
        _provider.RequireInspection();
        return this;
    }
}
