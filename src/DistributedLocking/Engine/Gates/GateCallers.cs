using DistributedLocking.Engine.Plans;

namespace DistributedLocking.Engine.Gates;

/// <summary>
/// Who stands at a gate beside its asker and its holders: the queue for the turn, and those that share the asker's next
/// answer. What a grant does here does not depend on how many there are. Guarded by the gate.
/// </summary>
internal sealed class GateCallers
{
    private readonly LinkedList<GateWaiter> _queue = new();
    private SharedAnswer? _sharedAnswer;
    private AskerPause? _pause;

    /// <summary>Whose turn is next.</summary>
    internal GateWaiter? First => _queue.First?.Value;

    /// <summary>What the limit of whoever has the turn is. Set where the lock is shared.</summary>
    internal int AskersLimit { get; set; }

    /// <summary>
    /// Whether a caller would be refused, too, when the asker was and waits since. It then comes before that caller,
    /// and one that wants to be alone keeps out everybody behind it; else as many hold as are too many for a limit that
    /// is not larger.
    /// </summary>
    internal bool IsSeenHeldBy(AcquirePlan plan) => AskersLimit == 1 || plan.Limit <= AskersLimit;

    internal GateWaiter Enqueue(AcquirePlan plan)
    {
        var waiter = new GateWaiter(plan);
        waiter.Node = _queue.AddLast(waiter);
        return waiter;
    }

    /// <summary>False when it has left the queue already.</summary>
    internal bool Remove(GateWaiter waiter)
    {
        if (waiter.Node is not { } node)
        {
            return false;
        }

        waiter.Node = null;
        _queue.Remove(node);
        return true;
    }

    /// <summary>The asker's next answer, which the asker is made to get at once.</summary>
    internal SharedAnswer ShareAnswer()
    {
        _sharedAnswer ??= new();
        _pause?.Cut();
        return _sharedAnswer;
    }

    internal void Answer(AcquisitionResult? answer)
    {
        _sharedAnswer?.SetResult(answer);
        _sharedAnswer = null;
    }

    /// <summary>False when somebody waits for the next answer.</summary>
    internal bool BeginPause(AskerPause pause)
    {
        if (_sharedAnswer is not null)
        {
            return false;
        }

        _pause = pause;
        return true;
    }

    internal void EndPause() => _pause = null;

    internal void LimitPause(TimeSpan most) => _pause?.Limit(most);

    /// <summary>
    /// Each policy's pace once, as whoever came last with it has it: that one has retried the least, and delays grow if
    /// they change at all.
    /// </summary>
    internal IReadOnlyList<RetryPace> Paces()
    {
        List<RetryPace> paces = [];
        HashSet<RetryPolicy> policies = new(ReferenceEqualityComparer.Instance);
        for (var node = _queue.Last; node is not null; node = node.Previous)
        {
            if (policies.Add(node.Value.Plan.Retry))
            {
                paces.Add(node.Value.Pace);
            }
        }

        return paces;
    }
}
