using DistributedLocking.Etcd.Keys;
using DistributedLocking.Etcd.Leases;
using DistributedLocking.Etcd.Protocol;
using DistributedLocking.Etcd.Queue;
using DistributedLocking.Providers;
using Google.Protobuf;

namespace DistributedLocking.Etcd.Acquiring;

/// <summary>
/// For whom nobody may be before in some range: for a lock, a writer or a single permit anybody, for a reader a writer.
/// That is decided by the transaction that takes the lock.
/// </summary>
internal sealed class TurnAttempt(LockNames names, AcquireRequest request) : IAttempt
{
    private readonly NameRange _blockers = request.Limit == 1 ? names.All(request.Key, request.Mode) : names.Alone(request.Key, request.Mode);

    public ByteString Name { get; } = names.Owner(request);

    public IEnumerable<RequestOp> First(ByteString description, SharedLease lease, SharedLease? waiting)
    {
        var take = new TxnRequest { Compare = { Operations.IsEmpty(_blockers) }, Success = { Operations.Put(Name, description, lease.Id) } };
        if (waiting is not null)
        {
            take.Failure.Add(Operations.If(new TxnRequest
            {
                Compare = { Operations.IsCreated(Name, 0) },
                Success = { Operations.GetLast(_blockers, limit: 1), Operations.Put(Name, description, waiting.Id) },
            }));
        }

        return [Operations.If(take)];
    }

    public IEnumerable<RequestOp> Again(QueuePlace place, SharedLease lease)
    {
        // A comparison of what is in a range is false where nothing is.
        var orEmpty = new TxnRequest
        {
            Compare = { Operations.IsCreated(Name, place.Revision), Operations.IsEmpty(_blockers) },
            Success = { Operations.Move(Name, lease.Id) },
            Failure = { Operations.Get(Name), Operations.GetLast(_blockers, limit: 1, place.Revision - 1) },
        };
        var take = new TxnRequest
        {
            Compare = { Operations.IsCreated(Name, place.Revision), Operations.HasNoneBefore(_blockers, place.Revision) },
            Success = { Operations.Move(Name, lease.Id) },
            Failure = { Operations.If(orEmpty) },
        };
        return [Operations.If(take)];
    }

    public AttemptAnswer ReadFirst(IReadOnlyList<ResponseOp> answers, long revision)
    {
        var take = answers[0].ResponseTxn;
        if (take.Succeeded || take.Responses.Count == 0)
        {
            return new AttemptAnswer(take.Succeeded, revision);
        }

        var queued = take.Responses[0].ResponseTxn;
        return queued.Succeeded
            ? new AttemptAnswer(IsGranted: false, revision) { Before = Last(queued.Responses[0], revision) }
            : throw new DistributedLockUnavailableException("An attempt of this owner that was not answered has been carried out.");
    }

    public AttemptAnswer ReadAgain(QueuePlace place, IReadOnlyList<ResponseOp> answers, long revision)
    {
        var take = answers[0].ResponseTxn;
        var orEmpty = take.Succeeded ? take : take.Responses[0].ResponseTxn;
        if (orEmpty.Succeeded)
        {
            return new AttemptAnswer(IsGranted: true, place.Revision);
        }

        var isThere = orEmpty.Responses[0].ResponseRange.Kvs is [var mine] && mine.CreateRevision == place.Revision;
        return new AttemptAnswer(IsGranted: false, place.Revision) { IsGone = !isThere, Before = Last(orEmpty.Responses[1], revision) };
    }

    private static Predecessor? Last(ResponseOp found, long revision) =>
        found.ResponseRange.Kvs is [var last] ? new Predecessor(last.Key, revision) : null;
}
