using System.Globalization;
using DistributedLocking.Etcd.Connections;
using DistributedLocking.Etcd.Fencing;
using DistributedLocking.Etcd.Keys;
using DistributedLocking.Etcd.Leases;
using DistributedLocking.Etcd.Protocol;
using DistributedLocking.Etcd.Queue;
using DistributedLocking.Providers;
using Google.Protobuf;

namespace DistributedLocking.Etcd.Acquiring;

/// <summary>
/// Asks for a lock, each time in one transaction. The owner's name is put on the lease of its time to live where nobody
/// else is there; else, where it waits, on one that ends soon after its process has, as its place in the queue. The
/// order is that of the revisions at which names were created.
/// </summary>
internal sealed class LockAcquirer(
    EtcdConnection connection, LockNames names, SharedLeases leases, Epoch epoch, TokenBase tokens, QueuePlaces places, HeldLocks held)
{
    /// <summary>How long a place in the queue outlives its process. Who waits asks again each second.</summary>
    private static readonly TimeSpan WaitingTimeToLive = TimeSpan.FromSeconds(5);

    private const int MostTries = 5;

    /// <summary>Asks once; again where a lease of the process's had ended meanwhile.</summary>
    internal async ValueTask<AcquireReply> AcquireAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        for (var i = 0; i < MostTries; i++)
        {
            await tokens.EnsureAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                var reply = places.Find(request.OwnerId) is { } place
                    ? await AskAgainAsync(request, place, cancellationToken).ConfigureAwait(false)
                    : await AskFirstAsync(request, cancellationToken).ConfigureAwait(false);
                if (reply is { } known)
                {
                    return known;
                }
            }
            catch (DistributedLockUnavailableException e) when (EtcdErrors.IsLeaseGone(e))
            {
                // Which of them, their keep-alives have told.
            }
        }

        throw new DistributedLockUnavailableException("Leases in etcd end again and again before they can be used.");
    }

    /// <summary>Null: to be asked again.</summary>
    private async Task<AcquireReply?> AskFirstAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        var waits = request.StoreWait != TimeSpan.Zero;
        var lease = await leases.GetAsync(request.TimeToLive, cancellationToken).ConfigureAwait(false);
        var waiting = waits ? await leases.GetAsync(WaitingTimeToLive, cancellationToken).ConfigureAwait(false) : null;
        var revision = await epoch.GetAsync(0, cancellationToken).ConfigureAwait(false);
        var newest = tokens.Newest;
        var isKept = KeepAllAsync(lease, waiting);
        LateFailure.Ignore(isKept);
        var answer = await RunAsync(First(request, lease, waiting, revision), isKept, cancellationToken).ConfigureAwait(false);
        if (!answer.Succeeded)
        {
            await epoch.GetAsync(revision, cancellationToken).ConfigureAwait(false);
            return null;
        }

        if (!await isKept.WaitAsync(cancellationToken).ConfigureAwait(false))
        {
            // What was put on a lease that has ended is gone with it.
            return null;
        }

        var inner = answer.Responses[1].ResponseTxn;
        if (inner.Succeeded)
        {
            return await GrantAsync(request, answer, newest, new HeldLock(answer.Header.Revision, answer.Header.Revision, lease), cancellationToken).ConfigureAwait(false);
        }

        if (waits)
        {
            var queued = inner.Responses[0].ResponseTxn;
            if (!queued.Succeeded)
            {
                throw new DistributedLockUnavailableException("An attempt of this owner that was not answered has been carried out.");
            }

            var last = queued.Responses[1].ResponseRange.Kvs;
            var place = new QueuePlace(last[0].CreateRevision) { Before = last.Count > 1 ? new Predecessor(last[1].Key, answer.Header.Revision) : null };
            places.Add(request.OwnerId, place);
        }

        return AcquireReply.NotGranted();
    }

    /// <summary>The owner has a place in the queue, and holds the lock where nobody is before it any more.</summary>
    private async Task<AcquireReply?> AskAgainAsync(AcquireRequest request, QueuePlace place, CancellationToken cancellationToken)
    {
        var name = names.Owner(request.Key, request.OwnerId);
        var (first, end) = (names.First(request.Key), names.End(request.Key));
        var lease = await leases.GetAsync(request.TimeToLive, cancellationToken).ConfigureAwait(false);
        var waiting = await leases.GetAsync(WaitingTimeToLive, cancellationToken).ConfigureAwait(false);
        var newest = tokens.Newest;
        var isKept = KeepAllAsync(lease, waiting);
        LateFailure.Ignore(isKept);
        var promotion = new TxnRequest
        {
            Compare = { Operations.IsCreated(name, place.Revision), Operations.HasNoneBefore(first, end, place.Revision) },
            Success = { Operations.Get(names.TokenBase, keyOnly: false), Operations.Move(name, lease.Id) },
            Failure = { Operations.Get(name), Operations.GetLast(first, end, limit: 1, place.Revision - 1) },
        };
        var answer = await RunAsync(promotion, isKept, cancellationToken).ConfigureAwait(false);
        if (!await isKept.WaitAsync(cancellationToken).ConfigureAwait(false))
        {
            places.Remove(request.OwnerId);
            return null;
        }

        if (answer.Succeeded)
        {
            return await GrantAsync(request, answer, newest, new HeldLock(place.Revision, answer.Header.Revision, lease), cancellationToken).ConfigureAwait(false);
        }

        if (answer.Responses[0].ResponseRange.Kvs is not [var mine] || mine.CreateRevision != place.Revision)
        {
            // It has lapsed: the process was held up for longer than its place lasts.
            places.Remove(request.OwnerId);
            return null;
        }

        place.Before = answer.Responses[1].ResponseRange.Kvs is [var before] ? new Predecessor(before.Key, answer.Header.Revision) : null;
        return AcquireReply.NotGranted();
    }

    private TxnRequest First(AcquireRequest request, SharedLease lease, SharedLease? waiting, long revision)
    {
        var name = names.Owner(request.Key, request.OwnerId);
        var (first, end) = (names.First(request.Key), names.End(request.Key));
        var take = new TxnRequest { Compare = { Operations.IsEmpty(first, end) }, Success = { Operations.Put(name, Description(), lease.Id) } };
        if (waiting is not null)
        {
            take.Failure.Add(Operations.If(new TxnRequest
            {
                Compare = { Operations.IsCreated(name, 0) },
                Success = { Operations.Put(name, Description(), waiting.Id), Operations.GetLast(first, end, limit: 2) },
            }));
        }

        return new TxnRequest
        {
            Compare = { Operations.IsWritten(names.Epoch, revision) },
            Success = { Operations.Get(names.TokenBase, keyOnly: false), Operations.If(take) },
        };
    }

    private async Task<AcquireReply?> GrantAsync(
        AcquireRequest request, TxnResponse answer, long newestWhenSent, HeldLock granted, CancellationToken cancellationToken)
    {
        if (tokens.Read(answer.Responses[0].ResponseRange, answer.Header.Revision, newestWhenSent) is not { } tokenBase)
        {
            var undo = new TxnRequest { Success = { Operations.Delete(names.Owner(request.Key, request.OwnerId)) } };
            await connection.RunAsync(undo, cancellationToken).ConfigureAwait(false);
            places.Remove(request.OwnerId);
            return null;
        }

        places.Remove(request.OwnerId);
        held.Add(request.OwnerId, granted);
        return AcquireReply.Granted(TokenBase.Token(tokenBase, granted.Created), offer: null, Math.Min(request.Tokens, TokenBase.TokensEach));
    }

    /// <summary>Runs a transaction while leases are kept alive, whose failure is the keep-alives' then.</summary>
    private async Task<TxnResponse> RunAsync(TxnRequest transaction, Task<bool> isKept, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.RunAsync(transaction, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // So that the next try knows which leases have ended.
            await ((Task)isKept).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private static async Task<bool> KeepAllAsync(SharedLease lease, SharedLease? waiting)
    {
        var first = lease.KeepAliveAsync();
        return waiting is null ? await first.ConfigureAwait(false) : !(await Task.WhenAll(first, waiting.KeepAliveAsync()).ConfigureAwait(false)).Contains(false);
    }

    /// <summary>Who has asked and when, for whoever looks.</summary>
    private ByteString Description() => ByteString.CopyFromUtf8(string.Create(
        CultureInfo.InvariantCulture, $"{Environment.MachineName} {Environment.ProcessId} {connection.Time.GetUtcNow():O}"));
}
