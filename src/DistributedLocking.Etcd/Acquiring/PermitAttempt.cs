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

    public ByteString Name { get; } = names.Owner(request);

    public IEnumerable<RequestOp> First(ByteString description, SharedLease lease, SharedLease? waiting) =>
        [Operations.Put(Name, description, lease.Id), .. Look()];

    public IEnumerable<RequestOp> Again(QueuePlace place, SharedLease lease) => Look();

    public AttemptAnswer ReadFirst(IReadOnlyList<ResponseOp> answers, long revision)
    {
        ResponseOp[] seen = [.. answers.Skip(1)];
        var created = seen[0].ResponseRange.Kvs[0].CreateRevision;
        return IsAmongTheFirst(seen, created) ? new AttemptAnswer(IsGranted: true, created)
            : request.StoreWait != TimeSpan.Zero ? Waits(created, revision) with { NextMove = waiting => Move(created, waiting!) }
            : new AttemptAnswer(IsGranted: false, 0) { NextMove = _ => new TxnRequest { Success = { Operations.Delete(Name) } } };
    }

    public AttemptAnswer ReadAgain(QueuePlace place, IReadOnlyList<ResponseOp> answers, long revision) =>
        answers[0].ResponseRange.Kvs is not [var mine] || mine.CreateRevision != place.Revision ? new AttemptAnswer(IsGranted: false, 0) { IsGone = true }
        : IsAmongTheFirst(answers, place.Revision) ? new AttemptAnswer(IsGranted: true, place.Revision) { NextMove = lease => Move(place.Revision, lease!) }
        : Waits(place.Revision, revision);

    private static AttemptAnswer Waits(long created, long revision) =>
        new(IsGranted: false, created) { Before = new Predecessor(Name: null, revision) };

    private RequestOp[] Look() => [Operations.Get(Name), Operations.GetFirst(_all, request.Limit), Operations.GetFirst(_alone, limit: 1)];

    private static bool IsAmongTheFirst(IReadOnlyList<ResponseOp> seen, long created) =>
        seen[1].ResponseRange.Kvs.Any(one => one.CreateRevision == created)
        && !seen[2].ResponseRange.Kvs.Any(alone => alone.CreateRevision < created);

    private TxnRequest Move(long created, SharedLease lease) =>
        new() { Compare = { Operations.IsCreated(Name, created) }, Success = { Operations.Move(Name, lease.Id) } };
}
