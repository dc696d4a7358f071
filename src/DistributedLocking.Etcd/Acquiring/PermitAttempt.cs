using DistributedLocking.Etcd.Keys;
using DistributedLocking.Etcd.Leases;
using DistributedLocking.Etcd.Protocol;
using DistributedLocking.Etcd.Queue;
using DistributedLocking.Providers;
using Google.Protobuf;

namespace DistributedLocking.Etcd.Acquiring;

/// <summary>
/// For one of several permits. etcd's transactions can't count, so the owner's name is put first, and the answer says
/// how many came before: those only become fewer, so what was granted stays so.
/// </summary>
internal sealed class PermitAttempt(LockNames names, AcquireRequest request) : IAttempt
{
    private readonly NameRange _all = names.All(request.Key, request.Mode);
    private readonly NameRange _alone = names.Alone(request.Key, request.Mode);
    private bool _waits;

    public ByteString Name { get; } = names.Owner(request);

    public IEnumerable<RequestOp> First(ByteString description, SharedLease lease, SharedLease? waiting)
    {
        _waits = waiting is not null;
        return [Operations.Put(Name, description, lease.Id), Operations.Get(Name), .. Look()];
    }

    public TxnRequest Again(QueuePlace place, SharedLease lease)
    {
        _waits = true;
        var again = new TxnRequest { Success = { Operations.Get(names.TokenBase, keyOnly: false), Operations.Get(Name) } };
        again.Success.AddRange(Look());
        return again;
    }

    public AttemptAnswer ReadFirst(TxnResponse answer)
    {
        var created = answer.Responses[2].ResponseRange.Kvs[0].CreateRevision;
        return IsAmongTheFirst(answer, at: 3, created) ? new AttemptAnswer(IsGranted: true, created)
            : _waits ? Waits(answer, created) with { NextMove = waiting => Move(created, waiting!) }
            : new AttemptAnswer(IsGranted: false, 0) { NextMove = _ => new TxnRequest { Success = { Operations.Delete(Name) } } };
    }

    public AttemptAnswer ReadAgain(QueuePlace place, TxnResponse answer) =>
        answer.Responses[1].ResponseRange.Kvs is not [var mine] || mine.CreateRevision != place.Revision ? new AttemptAnswer(IsGranted: false, 0) { IsGone = true }
        : IsAmongTheFirst(answer, at: 2, place.Revision) ? new AttemptAnswer(IsGranted: true, place.Revision) { NextMove = lease => Move(place.Revision, lease!) }
        : Waits(answer, place.Revision);

    private static AttemptAnswer Waits(TxnResponse answer, long created) =>
        new(IsGranted: false, created) { Before = new Predecessor(Name: null, answer.Header.Revision) };

    private RequestOp[] Look() => [Operations.GetFirst(_all, request.Limit), Operations.GetFirst(_alone, limit: 1)];

    private static bool IsAmongTheFirst(TxnResponse answer, int at, long created) =>
        answer.Responses[at].ResponseRange.Kvs.Any(one => one.CreateRevision == created)
        && !answer.Responses[at + 1].ResponseRange.Kvs.Any(alone => alone.CreateRevision < created);

    private TxnRequest Move(long created, SharedLease lease) =>
        new() { Compare = { Operations.IsCreated(Name, created) }, Success = { Operations.Move(Name, lease.Id) } };
}
