using System.Globalization;
using DistributedLocking.Etcd.Acquiring;
using DistributedLocking.Etcd.Keys;
using DistributedLocking.Etcd.Protocol;
using DistributedLocking.Providers;

namespace DistributedLocking.Etcd.Inspection;

/// <summary>
/// The names below one lock in the order in which they were created: the first are its holders, the others wait.
/// </summary>
internal static class LockQueue
{
    /// <param name="names">The names.</param>
    /// <param name="leases">What is known of their leases.</param>
    /// <param name="token">Makes a token of the revision at which a name was created.</param>
    internal static IEnumerable<LockHolder> Holders(
        IEnumerable<Entry> names, IReadOnlyDictionary<long, LeaseTimeToLiveResponse> leases, Func<long, long?> token)
    {
        List<Entry> order = [.. names.OrderBy(entry => entry.Found.CreateRevision)];
        List<Entry> holders = [.. order.Where((entry, i) => IsHolder(order, i, leases.GetValueOrDefault(entry.Found.Lease)))];
        return holders.Select(entry => ToHolder(entry, leases.GetValueOrDefault(entry.Found.Lease), token) with { Waiting = order.Count - holders.Count });
    }

    /// <summary>
    /// How many permits there are is not known here, but who waits for one has been put on the lease of those that
    /// wait, once, since it was put there first.
    /// </summary>
    private static bool IsHolder(List<Entry> order, int index, LeaseTimeToLiveResponse? lease) => index == 0
        || (!order[index].Name.IsAlone && !order.Take(index).Any(before => before.Name.IsAlone)
            && (order[index].Name.Mode != LockMode.Counted
                || order[index].Found.Version != 2 || lease?.GrantedTTL != (long)LockAcquirer.WaitingTimeToLive.TotalSeconds));

    private static LockHolder ToHolder(Entry entry, LeaseTimeToLiveResponse? lease, Func<long, long?> token)
    {
        var (name, found) = entry;
        var holder = LockHolders.Of(name.Key, LockHolders.Kind(name.Mode, name.IsAlone), name.OwnerId);
        return holder with
        {
            Since = Asked(found.Value.ToStringUtf8()),
            TimeLeft = lease is { TTL: >= 0 } ? TimeSpan.FromSeconds(lease.TTL) : null,
            FencingToken = token(found.CreateRevision),
        };
    }

    /// <summary>The description ends with the time at which the owner asked.</summary>
    private static DateTimeOffset? Asked(string description) =>
        DateTimeOffset.TryParse(description[(description.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture, out var time) ? time : null;
}

/// <summary>A name and what was found under it.</summary>
internal sealed record Entry(OwnerName Name, KeyValue Found);
