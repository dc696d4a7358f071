using System.Runtime.CompilerServices;
using DistributedLocking.Etcd.Connections;
using DistributedLocking.Etcd.Fencing;
using DistributedLocking.Etcd.Keys;
using DistributedLocking.Etcd.Protocol;
using DistributedLocking.Providers;
using Google.Protobuf;

namespace DistributedLocking.Etcd.Inspection;

/// <summary>Tells who holds what by the names below the locks, and by the leases that they are on.</summary>
internal sealed class EtcdInspection(ILockProvider provider, EtcdConnection connection, LockNames names) : ILockInspection
{
    private const int PageSize = 1000;

    public async IAsyncEnumerable<LockHolder> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var holder in await FindAsync(names.AllOf(prefix, isPrefix: true), cancellationToken).ConfigureAwait(false))
        {
            yield return holder;
        }
    }

    public async ValueTask<IReadOnlyList<LockHolder>> FindAsync(string key, CancellationToken cancellationToken) =>
        await FindAsync(names.AllOf(key, isPrefix: false), cancellationToken).ConfigureAwait(false);

    public ValueTask<bool> ForceReleaseAsync(LockHolder holder, CancellationToken cancellationToken) =>
        provider.ReleaseAsync(LockHolders.Lease(holder), cancellationToken);

    private async Task<List<LockHolder>> FindAsync(NameRange range, CancellationToken cancellationToken)
    {
        List<Entry> found = [];
        RangeResponse tokenBase;
        var isMore = true;
        do
        {
            var look = new TxnRequest { Success = { Operations.Get(names.TokenBase, keyOnly: false), Operations.GetAll(range, PageSize) } };
            var answers = (await connection.RunAsync(look, cancellationToken).ConfigureAwait(false)).Responses;
            tokenBase = answers[0].ResponseRange;
            var page = answers[1].ResponseRange.Kvs;
            found.AddRange(page.Select(one => names.Read(one.Key) is { } name ? new Entry(name, one) : null).OfType<Entry>());
            isMore = page.Count == PageSize;
            range = isMore ? range with { First = ByteString.CopyFrom([.. page[^1].Key.Span, 0]) } : range;
        }
        while (isMore);

        var leases = await ReadLeasesAsync(found.Select(entry => entry.Found.Lease).Distinct(), cancellationToken).ConfigureAwait(false);
        return
        [
            .. found.GroupBy(entry => (entry.Name.Key, entry.Name.Mode))
                .SelectMany(entries => LockQueue.Holders(entries, leases, revision => TokenBase.Token(tokenBase, revision))),
        ];
    }

    private async Task<Dictionary<long, LeaseTimeToLiveResponse>> ReadLeasesAsync(IEnumerable<long> ids, CancellationToken cancellationToken)
    {
        var leases = await Task.WhenAll(ids.Select(id => connection.CallAsync(
            (member, options) => member.Leases.LeaseTimeToLiveAsync(new LeaseTimeToLiveRequest { ID = id }, options), answer => answer.Header, cancellationToken))).ConfigureAwait(false);
        return leases.ToDictionary(lease => lease.ID);
    }
}
