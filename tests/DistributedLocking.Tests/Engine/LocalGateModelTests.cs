using DistributedLocking.Engine.Gates;
using DistributedLocking.Engine.Leases;
using DistributedLocking.Engine.Plans;
using DistributedLocking.Engine.Time;
using DistributedLocking.Testing;
using DistributedLocking.Tests.Doubles;
using FsCheck;
using FsCheck.Fluent;

namespace DistributedLocking.Tests.Engine;

/// <summary>
/// Random callers at a gate and at a model of it: after each step both agree on who asks, who holds, who waits and what
/// each is told.
/// </summary>
public sealed class LocalGateModelTests
{
    // A failure prints its seed and size; "WithReplay(new Replay(new Rnd(seed, gamma), size))" does it again.
    [Fact]
    public void The_gate_does_what_its_model_does()
    {
        var runs = ArbMap.Default.ArbFor<(GateStep Step, byte Which)[]>();
        var property = Prop.ForAll(runs, async run =>
        {
            var gate = new ModelledGate();
            foreach (var (step, which) in run)
            {
                gate.Do(step, which);
                gate.ShouldAgree();
            }

            await gate.FinishAsync();
        });
        property.Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithEndSize(120));
    }

    internal enum GateStep
    {
        Wait,
        TryOnce,
        TryOnceLater,
        GiveUp,
        SeeHeld,
        Fail,
        Pause,
        Grant,
        Leave,
        Release,
        Lose,
        HandOver,
        Forget,
    }

    /// <summary>The gate of one key and, in plain lists, what it should know.</summary>
    private sealed class ModelledGate
    {
        private const long Now = 1_000;
        private const long MuchLater = 1_000_000;

        private static readonly AcquirePlan Waits = AcquirePlan.ForAcquire(new DistributedLockOptions(), null);
        private static readonly AcquirePlan Tries = AcquirePlan.ForTryAcquire(new DistributedLockOptions(), null);

        private readonly Clock _clock = new(new ManualTimeProvider());
        private readonly LocalGates _table = new();
        private readonly List<GateWaiter> _queue = [];
        private readonly List<SharedAnswer> _sharing = [];
        private readonly List<(SharedAnswer Answer, Func<AcquisitionResult?, bool> IsRight)> _told = [];
        private readonly List<Lease> _records = [];
        private LocalGate _gate;
        private bool _isAsked;
        private Lease? _holder;
        private long _heldUntil = long.MinValue;
        private AskerPause? _pause;

        internal ModelledGate()
        {
            _gate = _table.Get("key");
            Join(Waits, Now);
        }

        private bool IsUsed => _isAsked || _holder is not null || _records.Count > 0;

        internal void Do(GateStep step, byte which)
        {
            switch (step)
            {
                case GateStep.Wait:
                    Join(Waits, Now);
                    break;
                case GateStep.TryOnce:
                    Join(Tries, Now);
                    break;
                case GateStep.TryOnceLater:
                    Join(Tries, MuchLater);
                    break;
                case GateStep.GiveUp when _queue.Count > 0:
                    var waiter = _queue[which % _queue.Count];
                    _queue.Remove(waiter);
                    _gate.Leave(waiter).ShouldBeTrue();
                    _gate.Leave(waiter).ShouldBeFalse();
                    break;
                case GateStep.Forget when _records.Find(record => record != _holder) is { } lost:
                    _records.Remove(lost);
                    _gate.DropRecord(lost);
                    break;
                default:
                    if (_isAsked)
                    {
                        DoAsAsker(step);
                    }
                    else if (_holder is { } holder)
                    {
                        DoAsHolder(step, holder);
                    }

                    break;
            }
        }

        internal void ShouldAgree()
        {
            (_isAsked && _holder is not null).ShouldBeFalse();
            (_queue.Count == 0 || _isAsked || _holder is not null).ShouldBeTrue("Somebody waits for nobody.");
            _queue.TrueForAll(waiter => waiter.Outcome == TurnOutcome.Queued && !waiter.Task.IsCompleted).ShouldBeTrue();
            _sharing.TrueForAll(answer => !answer.Task.IsCompleted).ShouldBeTrue();
            _gate.HasWaiters.ShouldBe(_queue.Count > 0);
            _gate.OldestRecord().ShouldBe(_records.FirstOrDefault());
            _table.Count.ShouldBe(IsUsed ? 1 : 0);
        }

        /// <summary>Whatever happened, those who wait are served one after the other, and nothing is left.</summary>
        internal async Task FinishAsync()
        {
            while (IsUsed)
            {
                Do(_isAsked ? GateStep.Grant : _holder is not null ? GateStep.Release : GateStep.Forget, 0);
                ShouldAgree();
            }

            _queue.ShouldBeEmpty();
            _sharing.ShouldBeEmpty();
            foreach (var (answer, isRight) in _told)
            {
                isRight(await answer.Task).ShouldBeTrue();
            }
        }

        private void Join(AcquirePlan plan, long at)
        {
            var wasUsed = IsUsed;
            var turn = _gate.Join(plan, at);
            if (turn.Outcome == TurnOutcome.Retired)
            {
                wasUsed.ShouldBeFalse();
                _gate = _table.Get("key");
                turn = _gate.Join(plan, at);
            }

            if (!_isAsked && _holder is null)
            {
                turn.Outcome.ShouldBe(TurnOutcome.Taken);
                _isAsked = true;
            }
            else if (!plan.IsSingleAttempt)
            {
                turn.Outcome.ShouldBe(TurnOutcome.Queued);
                _queue.Add(turn.Waiter!);
            }
            else if (_holder is not null || at < _heldUntil)
            {
                turn.Outcome.ShouldBe(TurnOutcome.SeenHeld);
                turn.Lease.ShouldBe(_holder);
            }
            else
            {
                turn.Outcome.ShouldBe(TurnOutcome.Shares);
                _sharing.Add(turn.Answer!);
                EndPause(isCut: true);
            }
        }

        private void DoAsAsker(GateStep step)
        {
            if (step == GateStep.Pause)
            {
                Pause();
                return;
            }

            if (step is not (GateStep.SeeHeld or GateStep.Fail or GateStep.Grant or GateStep.Leave))
            {
                return;
            }

            EndPause(isCut: false);
            _heldUntil = step == GateStep.SeeHeld ? Clock.Never : long.MinValue;
            switch (step)
            {
                case GateStep.SeeHeld:
                    _gate.ReportHeld(Clock.Never);
                    ShouldAllBeTold(answer => answer is { Lease: null, Failure: null });
                    break;
                case GateStep.Fail:
                    var failure = new DistributedLockUnavailableException();
                    _gate.ReportFailure(failure);
                    ShouldAllBeTold(answer => answer!.Value.Failure == failure);
                    break;
                case GateStep.Grant:
                    _isAsked = false;
                    _gate.SetHolder(Hold());
                    ShouldAllBeTold(answer => answer is { Lease: null, Failure: null });
                    break;
                default:
                    _isAsked = false;
                    _gate.EndTurn();
                    ShouldAllBeTold(answer => answer is null);
                    PassTurn();
                    break;
            }
        }

        private void DoAsHolder(GateStep step, Lease holder)
        {
            switch (step)
            {
                case GateStep.Release or GateStep.Lose:
                    _holder = null;
                    if (step == GateStep.Release)
                    {
                        _records.Remove(holder);
                    }

                    _gate.Release(holder, keepRecord: step == GateStep.Lose);
                    PassTurn();
                    break;
                case GateStep.HandOver:
                    _gate.HandOver(holder, _ => null).ShouldBeNull();
                    var next = _gate.HandOver(holder, _ => GateLeases.New(_gate));
                    next.ShouldBe(_queue.FirstOrDefault());
                    if (next is not null)
                    {
                        _queue.RemoveAt(0);
                        _records.Remove(holder);
                        _holder = next.Lease.ShouldNotBeNull();
                        _records.Add(_holder);
                        next.Outcome.ShouldBe(TurnOutcome.HandedOver);
                        _gate.Leave(next).ShouldBeFalse();
                    }

                    break;
            }
        }

        private void Pause()
        {
            EndPause(isCut: false);
            var pause = new AskerPause(_clock, TimeSpan.FromHours(1));
            var begins = _gate.BeginPause(pause, MuchLater);
            begins.ShouldBe(_sharing.Count == 0);
            _heldUntil = Math.Min(_heldUntil, MuchLater);
            _pause = begins ? pause : null;
        }

        private void EndPause(bool isCut)
        {
            if (_pause is { } pause)
            {
                _pause = null;
                pause.IsCut.ShouldBe(isCut);
                _gate.EndPause();
                pause.Dispose();
            }
        }

        private Lease Hold()
        {
            _holder = GateLeases.New(_gate);
            _records.Add(_holder);
            return _holder;
        }

        /// <summary>The turn goes to the first of the queue, and to nobody else.</summary>
        private void PassTurn()
        {
            if (_queue.Count > 0)
            {
                _queue[0].Outcome.ShouldBe(TurnOutcome.Taken);
                _gate.Leave(_queue[0]).ShouldBeFalse();
                _queue.RemoveAt(0);
                _isAsked = true;
            }
        }

        private void ShouldAllBeTold(Func<AcquisitionResult?, bool> isRight)
        {
            _sharing.TrueForAll(answer => answer.Task.IsCompletedSuccessfully).ShouldBeTrue();
            _told.AddRange(_sharing.Select(answer => (answer, isRight)));
            _sharing.Clear();
        }
    }
}
