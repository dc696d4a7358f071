using System.Collections.Immutable;

namespace DistributedLocking.Redis.Tests.Queue;

/// <summary>
/// One lock and its queue as docs/waiting.md describes them: what an operation answers, and what it leaves. It has no
/// clock.
/// </summary>
internal sealed record QueueModel
{
    /// <summary>How many tokens a grant by a release comes with.</summary>
    internal const int OfferedTokens = 128;

    /// <summary>A lock that nobody has asked for.</summary>
    internal static readonly QueueModel Unused = new();

    internal char? Holder { get; private init; }

    /// <summary>Those with a place, the first one first.</summary>
    internal ImmutableList<char> Queue { get; private init; } = [];

    /// <summary>
    /// Those whose process counts on a place: from the answer "held" until it has the lock or gives up. The place may
    /// be gone meanwhile, with an offer that lapsed or with the whole queue.
    /// </summary>
    internal ImmutableHashSet<char> Waiting { get; private init; } = [];

    /// <summary>
    /// Those to whom a grant was sent that they have not heard of, for the place that they were last told to have.
    /// </summary>
    internal ImmutableHashSet<char> Told { get; private init; } = [];

    internal (QueueModel Next, QueueAnswer Answer) Apply(QueueOperation operation) => operation.Act switch
    {
        // One that has a place keeps it, however long it wants to wait.
        QueueAct.Try => Acquire(operation.Owner, operation.Tokens, waits: Waiting.Contains(operation.Owner)),
        QueueAct.Ask => Acquire(operation.Owner, operation.Tokens, waits: true),
        QueueAct.Hear => (this with { Told = Told.Remove(operation.Owner) }, new QueueAnswer(Told.Contains(operation.Owner))),
        QueueAct.Renew => Holder == operation.Owner ? (WithoutWaiter(operation.Owner), new QueueAnswer(true)) : (this, new QueueAnswer(false)),
        QueueAct.Release => Holder == operation.Owner ? WithoutWaiter(operation.Owner).PassOn() : (this, new QueueAnswer(false)),
        QueueAct.Leave => Leave(operation.Owner),
        QueueAct.Lapse => (this with { Holder = null }, new QueueAnswer(true)),
        QueueAct.ForgetQueue => (this with { Queue = [] }, new QueueAnswer(true)),
        _ => throw new ArgumentOutOfRangeException(nameof(operation)),
    };

    private (QueueModel Next, QueueAnswer Answer) Acquire(char owner, int tokens, bool waits)
    {
        if (Holder is null)
        {
            var taken = this with { Holder = owner, Queue = Queue.Remove(owner) };
            return (taken.WithoutWaiter(owner), new QueueAnswer(true, tokens));
        }

        if (Holder == owner)
        {
            return (WithoutWaiter(owner), new QueueAnswer(true, tokens));
        }

        var queued = this with
        {
            Queue = Queue.Contains(owner) ? Queue : Queue.Add(owner),
            Waiting = Waiting.Add(owner),
            Told = Told.Remove(owner),
        };
        return (waits ? queued : this, new QueueAnswer(false));
    }

    private (QueueModel Next, QueueAnswer Answer) Leave(char owner)
    {
        var left = WithoutWaiter(owner) with { Queue = Queue.Remove(owner) };
        return Holder == owner ? left.PassOn() : (left, new QueueAnswer(false));
    }

    private (QueueModel Next, QueueAnswer Answer) PassOn()
    {
        if (Queue.IsEmpty)
        {
            return (this with { Holder = null }, new QueueAnswer(true));
        }

        var first = Queue[0];
        return (this with { Holder = first, Queue = Queue.RemoveAt(0), Told = Told.Add(first) }, new QueueAnswer(true, OfferedTokens, first));
    }

    private QueueModel WithoutWaiter(char owner) => this with { Waiting = Waiting.Remove(owner), Told = Told.Remove(owner) };
}

/// <summary>What an operation comes to.</summary>
/// <param name="IsDone">Whether it was granted, heard, renewed or released.</param>
/// <param name="Tokens">How many fencing tokens it reserves.</param>
/// <param name="Told">Who is told that the lock is its own now.</param>
internal sealed record QueueAnswer(bool IsDone, int Tokens = 0, char? Told = null);
