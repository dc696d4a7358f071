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
/// Asks for a lock. The owner's name is put on the lease of its time to live where it may hold at once; else, where it
/// waits, on one that ends soon after its process has, as its place in the queue. The order is that of the revisions at
/// which names were created.
/// </summary>
internal sealed class LockAcquirer(
    EtcdConnection connection, LockNames names, SharedLeases leases, Epoch epoch, TokenBase tokens, QueuePlaces places, HeldLocks held)
{
    /// <summary>How long a place in the queue outlives its process. Who waits asks again each second.</summary>
    internal static readonly TimeSpan WaitingTimeToLive = TimeSpan.FromSeconds(5);

    private const int MostTries = 5;

    /// <summary>Asks once; again where a lease of the process's had ended meanwhile.</summary>
    internal async ValueTask<AcquireReply> AcquireAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        for (var i = 0; i < MostTries; i++)
        {
            await tokens.EnsureAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                if (await AskAsync(request, cancellationToken).ConfigureAwait(false) is { } known)
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
    private async Task<AcquireReply?> AskAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        IAttempt attempt = request is { Mode: LockMode.Counted, Limit: > 1 } ? new PermitAttempt(names, request) : new TurnAttempt(names, request);
        var place = places.Find(request.OwnerId);
        var waits = place is not null || request.StoreWait != TimeSpan.Zero;
        var lease = await leases.GetAsync(request.TimeToLive, cancellationToken).ConfigureAwait(false);
        var waiting = waits ? await leases.GetAsync(WaitingTimeToLive, cancellationToken).ConfigureAwait(false) : null;
        var revision = place is null ? await epoch.GetAsync(0, cancellationToken).ConfigureAwait(false) : 0;
        var newest = tokens.Newest;
        var isKept = KeepAllAsync(lease, waiting);
        LateFailure.Ignore(isKept);
        var transaction = Transaction(place is null ? attempt.First(Description(), lease, waiting) : attempt.Again(place, lease));
        if (place is null)
        {
            transaction.Compare.Add(Operations.IsWritten(names.Epoch, revision));
        }

        var asked = await RunAsync(transaction, isKept, cancellationToken).ConfigureAwait(false);
        if (!asked.Succeeded)
        {
            await epoch.GetAsync(revision, cancellationToken).ConfigureAwait(false);
            return null;
        }

        var written = asked.Header.Revision;
        ResponseOp[] answers = [.. asked.Responses.Skip(1)];
        var answer = place is null ? attempt.ReadFirst(answers, written) : attempt.ReadAgain(place, answers, written);
        if (!await isKept.WaitAsync(cancellationToken).ConfigureAwait(false) || answer.IsGone)
        {
            // What was put on a lease that has ended is gone with it; or a place in the queue has lapsed, since the
            // process was held up for longer than it lasts.
            places.Remove(request.OwnerId);
            return null;
        }

        if (answer.NextMove is { } move)
        {
            // It has been decided, and nothing that others do changes it.
            var target = answer.IsGranted ? lease : waiting;
            var moved = await connection.RunAsync(move(target), cancellationToken).ConfigureAwait(false);
            written = moved.Header.Revision;
            if (!moved.Succeeded)
            {
                places.Remove(request.OwnerId);
                return null;
            }
        }

        if (answer.IsGranted)
        {
            return await GrantAsync(request, asked, newest, new HeldLock(attempt.Name, answer.Created, written, lease), cancellationToken).ConfigureAwait(false);
        }

        if (waits)
        {
            place ??= new QueuePlace(answer.Created);
            place.Before = answer.Before;
            places.Add(request.OwnerId, place);
        }

        return AcquireReply.NotGranted();
    }

    private async Task<AcquireReply?> GrantAsync(
        AcquireRequest request, TxnResponse answer, long newestWhenSent, HeldLock granted, CancellationToken cancellationToken)
    {
        places.Remove(request.OwnerId);
        if (tokens.Read(answer.Responses[0].ResponseRange, answer.Header.Revision, newestWhenSent) is not { } tokenBase)
        {
            var undo = new TxnRequest { Success = { Operations.Delete(granted.Name) } };
            await connection.RunAsync(undo, cancellationToken).ConfigureAwait(false);
            return null;
        }

        held.Add(request.OwnerId, granted);
        return AcquireReply.Granted(TokenBase.Token(tokenBase, granted.Created), offer: null, Math.Min(request.Tokens, TokenBase.TokensEach));
    }

    /// <summary>An attempt's operations, after the token base that a grant needs.</summary>
    private TxnRequest Transaction(IEnumerable<RequestOp> attempted) =>
        new() { Success = { Operations.Get(names.TokenBase, keyOnly: false), attempted } };

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
