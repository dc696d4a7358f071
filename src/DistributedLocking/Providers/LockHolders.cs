using System.Globalization;
using System.Runtime.CompilerServices;

namespace DistributedLocking.Providers;

/// <summary>Makes of what a store keeps what an inspection tells.</summary>
public static class LockHolders
{
    /// <summary>A holder by its owner id, which names its machine and process where an engine of ours made it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="kind">What it holds of it.</param>
    /// <param name="ownerId">The owner id.</param>
    /// <returns>The holder, to be completed by what else the store knows.</returns>
    public static LockHolder Of(string key, LockHolderKind kind, string ownerId)
    {
        ArgumentNullException.ThrowIfNull(ownerId);
        var end = ownerId.LastIndexOf(':');
        var start = end > 0 ? ownerId.LastIndexOf(':', end - 1) : -1;
        return start > 0 && int.TryParse(ownerId.AsSpan(start + 1, end - start - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var process)
            ? new LockHolder { Key = key, Kind = kind, OwnerId = ownerId, Machine = ownerId[..start], ProcessId = process }
            : new LockHolder { Key = key, Kind = kind, OwnerId = ownerId };
    }

    /// <summary>The kind of a holder in a mode.</summary>
    /// <param name="mode">The mode.</param>
    /// <param name="isAlone">Whether nobody may hold beside it.</param>
    /// <returns>The kind.</returns>
    public static LockHolderKind Kind(LockMode mode, bool isAlone) => mode switch
    {
        LockMode.Shared => isAlone ? LockHolderKind.Writer : LockHolderKind.Reader,
        LockMode.Counted => LockHolderKind.Permit,
        _ => LockHolderKind.Lock,
    };

    /// <summary>The lease of a holder whose owner id the store keeps.</summary>
    /// <param name="holder">The holder.</param>
    /// <returns>The lease, which <see cref="ILockProvider.ReleaseAsync"/> releases.</returns>
    public static LeaseReference Lease(LockHolder holder)
    {
        ArgumentNullException.ThrowIfNull(holder);
        return new LeaseReference(holder.Key, holder.OwnerId ?? "") { Mode = holder.Mode };
    }

    /// <summary>Tells what is known at once.</summary>
    /// <param name="holders">The holders.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <returns>The same holders.</returns>
    public static async IAsyncEnumerable<LockHolder> ToAsync(
        IEnumerable<LockHolder> holders, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(holders);
        foreach (var holder in holders)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return holder;
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }

    /// <summary>A fencing token's time, which it is made of where the store's clock did not fall behind.</summary>
    /// <param name="microseconds">Microseconds since 1970.</param>
    /// <returns>The time.</returns>
    public static DateTimeOffset Time(long microseconds) => DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds);
}
