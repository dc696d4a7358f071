using System.Runtime.CompilerServices;
using DistributedLocking.Engine.Gates;
using DistributedLocking.Engine.Handles;
using DistributedLocking.Engine.Plans;
using DistributedLocking.Engine.Time;
using DistributedLocking.Providers;
using DistributedLocking.Telemetry;

namespace DistributedLocking.Engine.Acquiring;

/// <summary>Takes an acquisition through the gate, then to the store; ends the turn if no lock was obtained.</summary>
internal sealed class Acquirer(
    GatesByMode gates, LeaseOperations leases, StoreAttempt attempt, AcquisitionLoop loop, Clock clock, LockReporter reporter, CancellationToken stopping)
{
    /// <summary>Takes the key's turn if it is free, and asks; everything slower waits.</summary>
    internal ValueTask<AcquisitionResult> AcquireAsync(string key, AcquirePlan plan, long giveUpAt, CancellationToken cancellationToken)
    {
        var turn = Join(key, plan, giveUpAt, out var gate);
        return turn.Outcome switch
        {
            TurnOutcome.Taken or TurnOutcome.Aside => AskAsync(gate, plan, giveUpAt, cancellationToken),
            TurnOutcome.SeenHeld => new(AcquisitionResult.SeenHeld),
            _ => WaitAsync(gate, turn, plan, giveUpAt, cancellationToken),
        };
    }

    private TurnResult Join(string key, AcquirePlan plan, long at, out LocalGate gate)
    {
        while (true)
        {
            gate = gates[plan.Mode].Get(key);
            var turn = gate.Join(plan, at);

            // A holder's lease may just have ended here, before the lease clock came round to it. One whose release is
            // in flight still counts.
            var isHeldNoMore = turn is { Outcome: TurnOutcome.SeenHeld, Lease: { IsHeldState: true } holder }
                && !leases.IsHeld(holder);
            if (turn.Outcome != TurnOutcome.Retired && !isHeldNoMore)
            {
                return turn;
            }
        }
    }

    /// <summary>Asks, the turn being ours or not needed: once, and while the budget lasts on and on.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<AcquisitionResult> AskAsync(LocalGate gate, AcquirePlan plan, long giveUpAt, CancellationToken cancellationToken)
    {
        AcquisitionResult result = default;
        try
        {
            // A shutdown ends leases, and so passes turns on.
            stopping.ThrowIfCancellationRequested();
            var acquisition = new Acquisition(gate, plan, OwnerId.New(), giveUpAt);
            result = await attempt.RunAsync(acquisition, mayWait: !attempt.WaitsInStore, cancellationToken).ConfigureAwait(false);
            if (result.Lease is null && !plan.IsSingleAttempt)
            {
                result = await KeepAskingAsync(acquisition, result, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            if (result.Lease is null && plan.AsksAside)
            {
                gate.EndAside();
            }
            else if (result.Lease is null)
            {
                gate.EndTurn();
            }
        }

        return result;
    }

    private async ValueTask<AcquisitionResult> KeepAskingAsync(Acquisition acquisition, AcquisitionResult first, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
        reporter.Waiting(1);
        try
        {
            return await loop.RunAsync(acquisition, first, ending.Token).ConfigureAwait(false);
        }
        finally
        {
            reporter.Waiting(-1);
        }
    }

    /// <summary>Waits for the turn, or for the answer of whoever has it.</summary>
    private async ValueTask<AcquisitionResult> WaitAsync(
        LocalGate gate, TurnResult turn, AcquirePlan plan, long giveUpAt, CancellationToken cancellationToken)
    {
        using (var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping))
        {
            reporter.Waiting(1);
            try
            {
                if (turn.Waiter is { } waiter)
                {
                    turn = await WaitForTurnAsync(gate, waiter, giveUpAt, ending.Token).ConfigureAwait(false);
                }

                if (turn.Outcome == TurnOutcome.TimedOut)
                {
                    plan = plan.ForLastLook();
                    turn = Join(gate.Key, plan, giveUpAt, out gate);
                }

                var shareUntil = clock.After(clock.Now, plan.IsBudgetExplicit ? AttemptLimit.Grace : plan.TimeToLive);
                while (turn.Answer is { } answer)
                {
                    if (await ShareAsync(answer, shareUntil, ending.Token).ConfigureAwait(false) is { } shared)
                    {
                        return shared;
                    }

                    turn = Join(gate.Key, plan, giveUpAt, out gate);
                }
            }
            finally
            {
                reporter.Waiting(-1);
            }
        }

        return turn switch
        {
            { Outcome: TurnOutcome.Taken or TurnOutcome.Aside } => await AskAsync(gate, plan, giveUpAt, cancellationToken).ConfigureAwait(false),
            { Outcome: TurnOutcome.HandedOver, Lease: { } lease } => AcquisitionResult.Granted(lease),
            _ => AcquisitionResult.SeenHeld,
        };
    }

    /// <summary>
    /// Waits in the gate's queue until the turn comes or the budget is over. When this throws, the queue has been left.
    /// </summary>
    private async ValueTask<TurnResult> WaitForTurnAsync(LocalGate gate, GateWaiter waiter, long giveUpAt, CancellationToken cancellationToken)
    {
        try
        {
            gate.LimitPause(RetryPace.FirstDelay(waiter.Plan.Retry));
            await waiter.Task.WaitAsync(clock.Until(giveUpAt), clock.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            if (gate.Leave(waiter))
            {
                return new TurnResult(TurnOutcome.TimedOut);
            }
        }
        catch (Exception)
        {
            if (!gate.Leave(waiter))
            {
                if (waiter.Lease is { } lease)
                {
                    // Not awaited: the caller is not to wait any longer, and it never throws.
                    _ = leases.ReleaseQuietlyAsync(lease).AsTask();
                }
                else
                {
                    gate.EndTurn();
                }
            }

            throw;
        }

        return new TurnResult(waiter.Outcome) { Lease = waiter.Lease };
    }

    /// <summary>Makes the answer to the asker's attempt this caller's. Null when there was none.</summary>
    /// <param name="answer">The answer to come.</param>
    /// <param name="until">
    /// The end of the wait, however many askers leave before: an attempt of its own would take as long, which the
    /// store's time-out bounds, and a grant that comes after a time to live is worth nothing.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    private async ValueTask<AcquisitionResult?> ShareAsync(SharedAnswer answer, long until, CancellationToken cancellationToken)
    {
        try
        {
            var shared = await answer.Task.WaitAsync(Clock.RoundUp(clock.Until(until)), clock.Time, cancellationToken).ConfigureAwait(false);
            return shared is { Failure: { } failure } ? AcquisitionResult.Failed(StoreErrors.ForAnother(failure)) : shared;
        }
        catch (TimeoutException e)
        {
            return AcquisitionResult.Failed(StoreAttempt.NoAnswer(e));
        }
    }
}
