using System.Runtime.CompilerServices;
using DistributedLocking.Providers;

namespace DistributedLocking.Sql.Inspection;

/// <summary>What is known of a key's lock, and of its reader-writer lock and its semaphore where they are leases.</summary>
internal sealed class ModesInspection(ILockInspection locks, IReadOnlyDictionary<LockMode, HolderInspection> shared) : ILockInspection
{
    public async IAsyncEnumerable<LockHolder> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var part in shared.Values.Prepend(locks))
        {
            await foreach (var holder in part.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
            {
                yield return holder;
            }
        }
    }

    public async ValueTask<IReadOnlyList<LockHolder>> FindAsync(string key, CancellationToken cancellationToken)
    {
        List<LockHolder> found = [];
        foreach (var part in shared.Values.Prepend(locks))
        {
            found.AddRange(await part.FindAsync(key, cancellationToken).ConfigureAwait(false));
        }

        return found;
    }

    public ValueTask<bool> ForceReleaseAsync(LockHolder holder, CancellationToken cancellationToken) =>
        (shared.GetValueOrDefault(LockHolders.Lease(holder).Mode) ?? locks).ForceReleaseAsync(holder, cancellationToken);
}
