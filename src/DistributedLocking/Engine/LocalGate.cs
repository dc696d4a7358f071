using System.Diagnostics;

namespace DistributedLocking.Engine;

/// <summary>
/// The queue of one key within this process, first come first served. Whoever has the turn is the only one here to bother the store for the key,
/// and keeps the turn until the lock is released or lost. It also records the acquisitions that can be released by key.
/// </summary>
/// <remarks>It locks itself: nobody else does, and an acquisition is spared an object.</remarks>
internal sealed class LocalGate(GateTable table, string key)
{
    // Made when first needed: most keys are used without anybody waiting.
    private LinkedList<TurnWaiter>? _waiters;
    private bool _taken;
    private bool _retired;
    private Lease? _holder;
    private Lease? _oldestRecord;
    private Exception? _failure;
    private bool _seenHeld;
    private int _sightings;

    internal string Key { get; } = key;

    /// <summary>Takes the turn, or joins the queue for it.</summary>
    /// <param name="plan">What the caller asks for. One that wants a single attempt makes do with what the present turn's finds out.</param>
    /// <param name="waiter">The caller's place in the queue.</param>
    /// <param name="holder">Who holds the lock here, if anybody.</param>
    /// <returns>What came of it; null when the gate has retired and a new one must be had from the table.</returns>
    internal TurnOutcome? Join(AcquirePlan plan, out TurnWaiter? waiter, out Lease? holder)
    {
        var oneAttempt = plan.Budget == TimeSpan.Zero;
        lock (this)
        {
            waiter = null;
            holder = _holder;
            if (_retired)
            {
                return null;
            }

            if (!_taken)
            {
                _taken = true;
                return TurnOutcome.Taken;
            }

            if (oneAttempt && _seenHeld)
            {
                return TurnOutcome.SeenHeld;
            }

            waiter = new TurnWaiter(plan, _seenHeld ? -1 : _sightings);
            if (oneAttempt && _failure is not null)
            {
                // Whoever has the turn pauses after a failure, for as long as its policy says.
                waiter.Complete(TurnOutcome.StoreFailed, _failure);
                return TurnOutcome.Queued;
            }

            waiter.Node = (_waiters ??= new()).AddLast(waiter);
            return TurnOutcome.Queued;
        }
    }

    /// <summary>Leaves the queue. False when the turn has already come to the waiter, who must use it or pass it on.</summary>
    internal bool Leave(TurnWaiter waiter)
    {
        lock (this)
        {
            if (waiter.Node is not { } node)
            {
                return waiter.Outcome is not (TurnOutcome.Taken or TurnOutcome.HandedOver);
            }

            waiter.Node = null;
            node.List!.Remove(node);
            return true;
        }
    }

    /// <summary>What a waiter whose budget is over can say: whether somebody was seen to hold the lock while it waited.</summary>
    internal bool WasSeenHeld(TurnWaiter waiter, out Exception? failure)
    {
        lock (this)
        {
            failure = _failure;
            return failure is null && (_seenHeld || _sightings != waiter.SightingsBefore);
        }
    }

    /// <summary>The present turn's attempt found the lock held by somebody else.</summary>
    internal void ReportHeld()
    {
        lock (this)
        {
            See();
        }
    }

    /// <summary>The present turn's attempt failed.</summary>
    internal void ReportFailure(Exception failure)
    {
        lock (this)
        {
            _failure = failure;
            _seenHeld = false;
            AnswerSingleAttempts(TurnOutcome.StoreFailed);
        }
    }

    /// <summary>The present turn's attempt succeeded. The turn stays taken until <see cref="Release"/>. Called under the keeper's lock.</summary>
    internal void SetHolder(Lease lease)
    {
        lock (this)
        {
            _holder = lease;
            AppendRecord(lease);
            See();
        }
    }

    /// <summary>Ends the holder's turn. A lost lease leaves its record, so that a late release by key does not free the next holder's lock.</summary>
    internal void Release(Lease lease, bool keepRecord)
    {
        lock (this)
        {
            if (!keepRecord)
            {
                RemoveRecord(lease);
            }

            if (_holder == lease)
            {
                _holder = null;
                Next();
            }
        }
    }

    /// <summary>
    /// Takes the next caller out of the queue, if it suits, and makes what it gets from the holder, whose turn ends, the gate's lease. Called under the
    /// keeper's lock.
    /// </summary>
    internal TurnWaiter? HandOver(Lease ended, Func<AcquirePlan, Lease?> passOn)
    {
        lock (this)
        {
            if (_holder != ended || _waiters?.First is not { } first || passOn(first.Value.Plan) is not { } lease)
            {
                return null;
            }

            _waiters.RemoveFirst();
            RemoveRecord(ended);
            _holder = lease;
            AppendRecord(lease);
            See();
            first.Value.HandOver(lease);
            return first.Value;
        }
    }

    /// <summary>Ends a turn that did not lead to a lock.</summary>
    internal void PassOn()
    {
        lock (this)
        {
            Next();
        }
    }

    internal void DropRecord(Lease lease)
    {
        lock (this)
        {
            RemoveRecord(lease);
            RetireIfUnused();
        }
    }

    /// <summary>Whether this process holds the lock.</summary>
    internal bool IsHeldHere
    {
        get
        {
            lock (this)
            {
                return _holder is not null;
            }
        }
    }

    /// <summary>Whether somebody here waits for the turn.</summary>
    internal bool HasWaiters
    {
        get
        {
            lock (this)
            {
                return _waiters is { Count: > 0 };
            }
        }
    }

    internal Lease? OldestRecord()
    {
        lock (this)
        {
            return _oldestRecord;
        }
    }

    private void See()
    {
        _failure = null;
        _seenHeld = true;
        _sightings++;
        AnswerSingleAttempts(TurnOutcome.SeenHeld);
    }

    private void AnswerSingleAttempts(TurnOutcome outcome)
    {
        for (var node = _waiters?.First; node is not null;)
        {
            var next = node.Next;
            if (node.Value.OneAttempt)
            {
                node.List!.Remove(node);
                node.Value.Complete(outcome, _failure);
            }

            node = next;
        }
    }

    private void Next()
    {
        Debug.Assert(_taken, "Only a turn that was taken can end.");
        _seenHeld = false;
        _failure = null;
        if (_waiters?.First is { } first)
        {
            _waiters.RemoveFirst();
            first.Value.Complete(TurnOutcome.Taken, null);
            return;
        }

        _taken = false;
        RetireIfUnused();
    }

    private void RetireIfUnused()
    {
        if (!_taken && !_retired && _oldestRecord is null)
        {
            _retired = true;
            table.Remove(this);
        }
    }

    private void AppendRecord(Lease lease)
    {
        if (_oldestRecord is null)
        {
            _oldestRecord = lease;
            return;
        }

        var last = _oldestRecord;
        while (last.NextRecord is { } next)
        {
            last = next;
        }

        last.NextRecord = lease;
    }

    private void RemoveRecord(Lease lease)
    {
        if (_oldestRecord == lease)
        {
            _oldestRecord = lease.NextRecord;
            return;
        }

        for (var record = _oldestRecord; record is not null; record = record.NextRecord)
        {
            if (record.NextRecord == lease)
            {
                record.NextRecord = lease.NextRecord;
                return;
            }
        }
    }
}
