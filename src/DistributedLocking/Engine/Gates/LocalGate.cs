using System.Diagnostics;
using DistributedLocking.Engine.Leases;
using DistributedLocking.Engine.Plans;
using DistributedLocking.Engine.Time;
using DistributedLocking.Providers;

namespace DistributedLocking.Engine.Gates;

/// <summary>
/// What the callers of this process that want one key have in common: who asks the store for it, who holds it, who
/// waits for the turn, and what is known about the lock. It also records the acquisitions that can be released by key.
/// </summary>
/// <remarks>
/// <para>The <em>asker</em> is the one caller here that bothers the store for the key; a <em>holder</em> has a lease.
/// Others wait in a queue, first come first served.</para>
/// <para><em>Who may ask.</em> One caller at a time, and nobody while a holder of this process keeps everybody else out:
/// the store would only say so. Whoever is first in the queue is next, so nobody who comes later gets the lock before
/// it. Single attempts at a lock that is shared ask aside, without the turn.</para>
/// <para><em>When the turn passes on.</em> At the grant, or when the asker gives up. After a grant that keeps everybody
/// else out, the next one has to wait for the holder's release or loss, if the holder does not hand its lease
/// on.</para>
/// <para><em>What a single attempt may conclude</em>, and a caller whose time is over: that the lock is held, when a
/// holder here has it, or when the asker saw that, and would learn of a release or saw it about a second ago at most.
/// Else it shares the asker's next answer, for which the asker ends its pause at once; when nobody asks, it asks
/// itself. It never stands in the queue, and a failure is told only to those that waited for that answer.</para>
/// <para>The gate locks itself: nobody else does, and an acquisition is spared an object. It may be locked while the
/// keeper's lock is held, never the other way round, and runs no code of users.</para>
/// </remarks>
internal sealed class LocalGate(LocalGates table, string key)
{
    /// <summary>Nothing is known at any time.</summary>
    private const long Unknown = long.MinValue;

    // Made when first needed: most keys are used without anybody waiting.
    private GateCallers? _callers;
    private GateState _state;
    private long _heldElsewhereUntil = Unknown;

    internal string Key { get; } = key;

    internal LockMode Mode => table.Mode;

    /// <summary>Whether this process holds the lock.</summary>
    internal bool IsHeldHere
    {
        get
        {
            lock (this)
            {
                return _state.IsHeld;
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
                return _callers is { First: not null };
            }
        }
    }

    /// <summary>
    /// Takes the turn if it is free. Else joins the queue for it or, for a single attempt, says what is known or will
    /// be.
    /// </summary>
    /// <param name="plan">What the caller asks for.</param>
    /// <param name="at">For a single attempt: the time that it wants to know about.</param>
    internal TurnResult Join(AcquirePlan plan, long at)
    {
        lock (this)
        {
            if (_state.IsRetired)
            {
                return new TurnResult(TurnOutcome.Retired);
            }

            if (_state.MayBeAsked && !plan.AsksAside)
            {
                BeginTurn(plan);
                return new TurnResult(TurnOutcome.Taken);
            }

            if (!plan.IsSingleAttempt)
            {
                return new TurnResult(TurnOutcome.Queued) { Waiter = Callers.Enqueue(plan) };
            }

            if (_state.IsFull || (at < _heldElsewhereUntil && (Mode == LockMode.Exclusive || Callers.IsSeenHeldBy(plan))))
            {
                return new TurnResult(TurnOutcome.SeenHeld) { Lease = _state.NewestHolder };
            }

            return plan.AsksAside
                ? new TurnResult(TurnOutcome.Aside)
                : new TurnResult(TurnOutcome.Shares) { Answer = Callers.ShareAnswer() };
        }
    }

    /// <summary>
    /// Leaves the queue. False when the turn, or a lease, has already come to the waiter, who must use it or pass it
    /// on.
    /// </summary>
    internal bool Leave(GateWaiter waiter)
    {
        lock (this)
        {
            return Callers.Remove(waiter);
        }
    }

    /// <summary>Ends a turn that did not lead to a lock.</summary>
    internal void EndTurn()
    {
        lock (this)
        {
            Debug.Assert(_state.IsAsked, "Only a turn that was taken can end.");
            _state.IsAsked = false;
            Learn(Unknown, answer: null);
            PassTurn();
        }
    }

    /// <summary>Ends an attempt without the turn that did not lead to a lock.</summary>
    internal void EndAside()
    {
        lock (this)
        {
            RetireIfUnused();
        }
    }

    /// <summary>The asker found the lock held elsewhere.</summary>
    /// <param name="until">
    /// How long to believe that; <see cref="Clock.Never"/> where the asker will know when it changes.
    /// </param>
    internal void ReportHeld(long until)
    {
        lock (this)
        {
            Learn(until, AcquisitionResult.SeenHeld);
        }
    }

    /// <summary>The asker watches the key, so that it will know when what it saw changes.</summary>
    internal void ReportWatched()
    {
        lock (this)
        {
            if (_heldElsewhereUntil != Unknown)
            {
                _heldElsewhereUntil = Clock.Never;
            }
        }
    }

    /// <summary>The asker's attempt failed.</summary>
    internal void ReportFailure(DistributedLockUnavailableException failure)
    {
        lock (this)
        {
            Learn(Unknown, AcquisitionResult.Failed(failure));
        }
    }

    /// <summary>
    /// An attempt succeeded, which ends the asker's turn if it was its own. Called under the keeper's lock.
    /// </summary>
    internal void SetHolder(Lease lease)
    {
        lock (this)
        {
            _state.AddHolder(lease);
            if (!lease.WasAskedAside)
            {
                _state.IsAsked = false;
                Learn(Unknown, _state.IsFull ? AcquisitionResult.SeenHeld : null);
                PassTurn();
            }
        }
    }

    /// <summary>
    /// Ends a hold. A lost lease leaves its record, so that a late release by key does not free the next holder's lock.
    /// </summary>
    internal void Release(Lease lease, bool keepRecord)
    {
        lock (this)
        {
            _state.EndHold(lease, keepRecord);
            PassTurn();
        }
    }

    /// <summary>
    /// Takes the next caller out of the queue, if it suits, and makes it the holder of what it gets from the one
    /// before. Called under the keeper's lock.
    /// </summary>
    internal GateWaiter? HandOver(Lease ended, Func<AcquirePlan, Lease?> passOn)
    {
        lock (this)
        {
            if (!ended.IsHolder || _callers?.First is not { } next || passOn(next.Plan) is not { } lease)
            {
                return null;
            }

            _callers.Remove(next);
            _state.EndHold(ended, keepRecord: false);
            _state.AddHolder(lease);
            next.HandOver(lease);
            return next;
        }
    }

    internal void DropRecord(Lease lease)
    {
        lock (this)
        {
            _state.DropRecord(lease);
            RetireIfUnused();
        }
    }

    internal Lease? OldestRecord()
    {
        lock (this)
        {
            return _state.OldestRecord;
        }
    }

    /// <summary>
    /// The asker pauses and learns nothing meanwhile. False when somebody waits for its next answer, so that it should
    /// not pause at all.
    /// </summary>
    /// <param name="pause">The pause, which others may end.</param>
    /// <param name="heldUntil">How long to believe that the lock is held, if it was seen so.</param>
    internal bool BeginPause(AskerPause pause, long heldUntil)
    {
        lock (this)
        {
            _heldElsewhereUntil = Math.Min(_heldElsewhereUntil, heldUntil);
            return Callers.BeginPause(pause);
        }
    }

    internal void EndPause()
    {
        lock (this)
        {
            Callers.EndPause();
        }
    }

    /// <summary>Lets the asker's pause, if it makes one, end after this time at the latest.</summary>
    internal void LimitPause(TimeSpan most)
    {
        lock (this)
        {
            _callers?.LimitPause(most);
        }
    }

    /// <summary>The paces at which those in the queue would poll.</summary>
    internal IReadOnlyList<RetryPace> PacesOfWaiters()
    {
        lock (this)
        {
            return _callers?.Paces() ?? [];
        }
    }

    private GateCallers Callers => _callers ??= new GateCallers();

    private void BeginTurn(AcquirePlan plan)
    {
        _state.IsAsked = true;
        if (Mode != LockMode.Exclusive)
        {
            Callers.AskersLimit = plan.Limit;
        }
    }

    private void Learn(long heldElsewhereUntil, AcquisitionResult? answer)
    {
        _heldElsewhereUntil = heldElsewhereUntil;
        _callers?.Answer(answer);
    }

    private void PassTurn()
    {
        if (_state.MayBeAsked && _callers?.First is { } next)
        {
            _callers.Remove(next);
            BeginTurn(next.Plan);
            next.Complete(TurnOutcome.Taken);
            return;
        }

        RetireIfUnused();
    }

    private void RetireIfUnused()
    {
        if (_state is { IsUnused: true, IsRetired: false })
        {
            _state.IsRetired = true;
            table.Remove(this);
        }
    }
}
