using DistributedLocking.Etcd.Leases;
using DistributedLocking.Etcd.Protocol;
using DistributedLocking.Etcd.Queue;
using Google.Protobuf;

namespace DistributedLocking.Etcd.Acquiring;

/// <summary>What is asked for a lock, and what the answers mean.</summary>
internal interface IAttempt
{
    /// <summary>The owner's name.</summary>
    ByteString Name { get; }

    /// <summary>What is done at the first time.</summary>
    /// <param name="description">The name's value.</param>
    /// <param name="lease">The lease of who holds.</param>
    /// <param name="waiting">The lease of who waits; null where nobody is to.</param>
    IEnumerable<RequestOp> First(ByteString description, SharedLease lease, SharedLease? waiting);

    /// <summary>What is asked again by an owner that has a place in the queue.</summary>
    IEnumerable<RequestOp> Again(QueuePlace place, SharedLease lease);

    /// <param name="answers">Those to <see cref="First"/>.</param>
    /// <param name="revision">The revision at which they were given.</param>
    AttemptAnswer ReadFirst(IReadOnlyList<ResponseOp> answers, long revision);

    /// <param name="place">The owner's place.</param>
    /// <param name="answers">Those to <see cref="Again"/>.</param>
    /// <param name="revision">The revision at which they were given.</param>
    AttemptAnswer ReadAgain(QueuePlace place, IReadOnlyList<ResponseOp> answers, long revision);
}

/// <summary>What came of an attempt.</summary>
/// <param name="IsGranted">Whether the owner holds the lock, or may.</param>
/// <param name="Created">The revision at which the owner's name was created; 0 when it has none.</param>
internal sealed record AttemptAnswer(bool IsGranted, long Created)
{
    /// <summary>Whose end is worth asking after.</summary>
    internal Predecessor? Before { get; init; }

    /// <summary>Whether the owner's place in the queue has lapsed.</summary>
    internal bool IsGone { get; init; }

    /// <summary>What is to be done on top, with the lease for it; null when nothing.</summary>
    internal Func<SharedLease?, TxnRequest>? NextMove { get; init; }
}
