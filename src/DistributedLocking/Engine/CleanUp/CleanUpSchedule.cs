using DistributedLocking.Engine.Time;

namespace DistributedLocking.Engine.CleanUp;

/// <summary>
/// Which orphan is tried next, when, and how many at once: a few while the store answers, and while it fails one alone,
/// as a probe. But each is tried once in any case, a few at once: what fails may be a part of the store that holds
/// others' keys. Locked by its owner.
/// </summary>
internal sealed class CleanUpSchedule(Clock clock)
{
    internal const int MostAtOnce = 8;

    /// <summary>At a shutdown all leases are released together, and there is little time.</summary>
    internal const int MostAtOnceInHurry = 64;

    private readonly LinkedList<Orphan> _untried = new();
    private readonly PriorityQueue<Orphan, long> _waiting = new();
    private int _failures;
    private int _running;
    private int _runningFirst;
    private long _notBefore = long.MinValue;
    private bool _isInHurry;

    internal bool IsEmpty => _untried.Count == 0 && _waiting.Count == 0 && _running + _runningFirst == 0;

    /// <summary>When there is something to do next, if nothing changes until then.</summary>
    internal long NextDue =>
        MayTryFirst ? _untried.First!.Value.Since
        : _waiting.TryPeek(out _, out var due) && MayTryAgain ? Math.Max(due, _notBefore)
        : Clock.Never;

    private int Most => _isInHurry ? MostAtOnceInHurry : MostAtOnce;

    private bool MayTryFirst => _untried.Count > 0 && (_failures > 0 ? _runningFirst : _running + _runningFirst) < Most;

    private bool MayTryAgain => _failures > 0 ? _running == 0 : _running + _runningFirst < Most;

    internal void Add(Orphan orphan) => _untried.AddLast(orphan);

    /// <summary>From now on each gets one try more, at once, and further ones only where that fails.</summary>
    internal void Hurry()
    {
        _isInHurry = true;
        (_failures, _notBefore) = (Math.Min(_failures, 1), long.MinValue);
        var waiting = _waiting.UnorderedItems.Select(item => (item.Element, item.Element.Since)).ToList();
        _waiting.Clear();
        _waiting.EnqueueRange(waiting);
    }

    /// <summary>
    /// Takes the next one that is due, which counts as running until <see cref="Settle"/> or <see cref="Postpone"/>.
    /// </summary>
    internal Orphan? TryTake()
    {
        var now = clock.Now;
        if (_failures > 0)
        {
            DropLapsed(now);
        }

        if (NextDue > now)
        {
            return null;
        }

        var orphan = Take();
        orphan.IsProbe = _failures > 0 && !orphan.IsFirstTry;
        orphan.IsLastLook = orphan.Kind != OrphanKind.Attempt || _isInHurry || now >= orphan.Until;
        return orphan;
    }

    /// <summary>The store answered. The orphan is done with unless its attempt may still arrive.</summary>
    internal void Settle(Orphan orphan, bool wasFound)
    {
        EndTry(orphan);
        if (orphan.Kind != OrphanKind.Place)
        {
            // To give up a place may be nothing that the store is asked for, so it proves nothing.
            (_failures, _notBefore) = (0, long.MinValue);
        }

        if (!wasFound && !orphan.IsLastLook)
        {
            WaitFor(orphan);
        }
    }

    /// <summary>The store failed, in whatever way: none says that it will fail for ever.</summary>
    internal void Postpone(Orphan orphan)
    {
        EndTry(orphan);
        var now = clock.Now;
        if (orphan.IsProbe || _failures == 0)
        {
            // The others that were under way when the first failed say nothing new.
            _failures++;
            _notBefore = clock.After(now, CleanUpPace.NextProbe(_failures));
        }

        if (now < orphan.Until)
        {
            WaitFor(orphan);
        }
    }

    private Orphan Take()
    {
        if (MayTryFirst)
        {
            // While a part of the store is silent, many wait for it, and few for the others: the newest first, so that
            // those do not wait behind them.
            var node = _failures > 0 ? _untried.Last! : _untried.First!;
            _untried.Remove(node);
            _runningFirst++;
            node.Value.IsFirstTry = true;
            return node.Value;
        }

        _running++;
        return _waiting.Dequeue();
    }

    private void EndTry(Orphan orphan)
    {
        if (orphan.IsFirstTry)
        {
            orphan.IsFirstTry = false;
            _runningFirst--;
        }
        else
        {
            _running--;
        }
    }

    private void WaitFor(Orphan orphan)
    {
        var pause = _isInHurry ? CleanUpPace.Shortest : CleanUpPace.NextLook(clock.Since(orphan.Since));
        _waiting.Enqueue(orphan, Math.Min(clock.After(clock.Now, pause), orphan.Until));
    }

    /// <summary>
    /// While the store fails, those pile up of which nothing is left by now. At the heads are those that have waited
    /// longest.
    /// </summary>
    private void DropLapsed(long now)
    {
        while (_waiting.TryPeek(out var orphan, out _) && orphan.Until < now)
        {
            _waiting.Dequeue();
        }

        while (_untried.First is { } untried && untried.Value.Until < now)
        {
            _untried.RemoveFirst();
        }
    }
}
