using DistributedLocking.Etcd.Connections;
using DistributedLocking.Etcd.Protocol;
using DistributedLocking.Providers;

namespace DistributedLocking.Etcd.Leases;

/// <summary>
/// Renews locks: their lease is kept alive, once for all that share it, and their owners' names are looked for, many in
/// one transaction.
/// </summary>
internal sealed class LeaseRenewal(EtcdConnection connection, SharedLeases leases, HeldLocks held)
{
    /// <summary>etcd takes at most 128 operations in a transaction by default.</summary>
    private const int LargestTransaction = 100;

    /// <summary>Renews a batch. What becomes of each is told as it is known; it never throws.</summary>
    internal Task RunAsync(IReadOnlyList<RenewalRequest> batch, Action<int, RenewalReply> onReply, CancellationToken cancellationToken)
    {
        var work = new List<Task>();
        var inPlace = new Dictionary<SharedLease, List<Renewal>>();
        for (var i = 0; i < batch.Count; i++)
        {
            var (lease, timeToLive) = batch[i];
            if (held.Find(lease.OwnerId) is not { } found)
            {
                onReply(i, new RenewalReply(RenewalOutcome.Lost));
                continue;
            }

            var renewal = new Renewal(i, lease, found);
            if (found.IsUncertain || found.Lease.HasEnded || SharedLeases.Seconds(timeToLive) != found.Lease.Seconds)
            {
                work.Add(TellAsync([renewal], () => MoveAsync(renewal, timeToLive, cancellationToken), onReply));
            }
            else if (inPlace.TryGetValue(found.Lease, out var others))
            {
                others.Add(renewal);
            }
            else
            {
                inPlace.Add(found.Lease, [renewal]);
            }
        }

        foreach (var (lease, renewals) in inPlace)
        {
            work.AddRange(renewals.Chunk(LargestTransaction).Select(part => TellAsync(part, () => LookAsync(part, lease, cancellationToken), onReply)));
        }

        return Task.WhenAll(work);
    }

    /// <summary>Whether the names are still those of their owners, where their lease is.</summary>
    private async Task<bool[]> LookAsync(Renewal[] renewals, SharedLease lease, CancellationToken cancellationToken)
    {
        var keeping = lease.KeepAliveAsync();
        var look = new TxnRequest();
        look.Success.AddRange(renewals.Select(renewal => Operations.Get(renewal.Held.Name)));
        var found = await connection.RunAsync(look, cancellationToken).ConfigureAwait(false);
        var isKept = await keeping.WaitAsync(cancellationToken).ConfigureAwait(false);
        return [.. renewals.Select((renewal, i) => isKept && found.Responses[i].ResponseRange.Kvs is [var one] && one.CreateRevision == renewal.Held.Created)];
    }

    /// <summary>Puts a name on the lease of another time to live, which must not be about to end.</summary>
    private async Task<bool[]> MoveAsync(Renewal renewal, TimeSpan timeToLive, CancellationToken cancellationToken)
    {
        var target = await leases.GetAliveAsync(timeToLive, cancellationToken).ConfigureAwait(false);

        var move = new TxnRequest
        {
            Compare = { Operations.IsCreated(renewal.Held.Name, renewal.Held.Created) },
            Success = { Operations.Move(renewal.Held.Name, target.Id) },
        };
        if (!renewal.Held.IsUncertain)
        {
            // One that is not answered may arrive late. After the next write it comes to nothing.
            move.Compare.Add(Operations.IsWritten(renewal.Held.Name, renewal.Held.Written));
        }

        held.Add(renewal.Lease.OwnerId, renewal.Held with { IsUncertain = true });
        var moved = await connection.RunAsync(move, cancellationToken).ConfigureAwait(false);
        if (moved.Succeeded)
        {
            held.Add(renewal.Lease.OwnerId, new HeldLock(renewal.Held.Name, renewal.Held.Created, moved.Header.Revision, target));
        }

        return [moved.Succeeded];
    }

    private async Task TellAsync(Renewal[] renewals, Func<Task<bool[]>> renewAsync, Action<int, RenewalReply> onReply)
    {
        try
        {
            var isRenewed = await renewAsync().ConfigureAwait(false);
            for (var i = 0; i < renewals.Length; i++)
            {
                if (!isRenewed[i])
                {
                    held.Remove(renewals[i].Lease.OwnerId);
                }

                onReply(renewals[i].Index, new RenewalReply(isRenewed[i] ? RenewalOutcome.Renewed : RenewalOutcome.Lost));
            }
        }
        catch (Exception e)
        {
            foreach (var renewal in renewals)
            {
                onReply(renewal.Index, new RenewalReply(RenewalOutcome.Unknown, e));
            }
        }
    }

    private sealed record Renewal(int Index, LeaseReference Lease, HeldLock Held);
}
