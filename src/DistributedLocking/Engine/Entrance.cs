using System.Runtime.CompilerServices;

namespace DistributedLocking.Engine;

/// <summary>Leads an acquisition through the local gate to the loop, and ends its turn when no lock came of it.</summary>
internal sealed class Entrance(
    GateTable gates, LeaseKeeper keeper, LeaseControl leases, AcquisitionLoop loop, Clock clock, LockReporter reporter, CancellationToken stopping)
{
    /// <summary>Takes the key's turn if it is free, and asks; everything slower waits.</summary>
    internal ValueTask<AcquisitionResult> EnterAsync(
        string key, AcquirePlan plan, long giveUpAt, CancellationToken cancellationToken)
    {
        var turn = Join(key, plan, giveUpAt, out var gate);
        return turn.Outcome switch
        {
            TurnOutcome.Taken => AskAsync(gate, plan, giveUpAt, cancellationToken),
            TurnOutcome.SeenHeld => new(AcquisitionResult.SeenHeld),
            _ => WaitAsync(gate, turn, plan, giveUpAt, cancellationToken),
        };
    }

    private LocalTurn Join(string key, AcquirePlan plan, long at, out LocalGate gate)
    {
        while (true)
        {
            gate = gates.Get(key);
            var turn = gate.Join(plan, at);

            // A holder's lease may just have ended here, before the lease clock came round to it. One whose release is in
            // flight still counts.
            var isHeldNoMore = turn is { Outcome: TurnOutcome.SeenHeld, Lease: { IsHeldState: true } holder }
                && !keeper.IsHeld(holder);
            if (turn.Outcome != TurnOutcome.Retired && !isHeldNoMore)
            {
                return turn;
            }
        }
    }

    /// <summary>Waits for the turn, or for the answer of whoever has it.</summary>
    private async ValueTask<AcquisitionResult> WaitAsync(
        LocalGate gate, LocalTurn turn, AcquirePlan plan, long giveUpAt, CancellationToken cancellationToken)
    {
        using (var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping))
        {
            reporter.Waiting(1);
            try
            {
                if (turn.Waiter is { } waiter)
                {
                    turn = await LocalTurn.WaitAsync(gate, waiter, leases, clock, giveUpAt, ending.Token).ConfigureAwait(false);
                }

                if (turn.Outcome == TurnOutcome.TimedOut)
                {
                    plan = plan.ForLastLook();
                    turn = Join(gate.Key, plan, giveUpAt, out gate);
                }

                var shareUntil = clock.After(clock.Now, plan.IsBudgetExplicit ? AcquisitionLoop.AttemptGrace : plan.TimeToLive);
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
            { Outcome: TurnOutcome.Taken } => await AskAsync(gate, plan, giveUpAt, cancellationToken).ConfigureAwait(false),
            { Outcome: TurnOutcome.HandedOver, Lease: { } lease } => AcquisitionResult.Granted(lease),
            _ => AcquisitionResult.SeenHeld,
        };
    }

    /// <summary>Makes the answer to the asker's attempt this caller's. Null when there was none.</summary>
    /// <param name="answer">The answer to come.</param>
    /// <param name="until">
    /// The end of the wait, however many askers leave before: an attempt of its own would take as long, which the store's
    /// time-out bounds, and a grant that comes after a time to live is worth nothing.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    private async ValueTask<AcquisitionResult?> ShareAsync(SharedAnswer answer, long until, CancellationToken cancellationToken)
    {
        try
        {
            var shared = await answer.Task.WaitAsync(Clock.RoundUp(clock.Until(until)), clock.Time, cancellationToken).ConfigureAwait(false);
            return shared is { Failure: { } failure } ? AcquisitionResult.Failed(StoreFailure.ForAnother(failure)) : shared;
        }
        catch (TimeoutException e)
        {
            return AcquisitionResult.Failed(AcquisitionLoop.NoAnswer(e));
        }
    }

    /// <summary>Asks, the turn being ours: once, and while the budget lasts on and on.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<AcquisitionResult> AskAsync(
        LocalGate gate, AcquirePlan plan, long giveUpAt, CancellationToken cancellationToken)
    {
        AcquisitionResult result = default;
        try
        {
            // A shutdown ends leases, and so passes turns on.
            stopping.ThrowIfCancellationRequested();
            var ownerId = OwnerId.New();
            result = await loop.TryOnceAsync(gate, plan, ownerId, giveUpAt, cancellationToken).ConfigureAwait(false);
            if (result.Lease is null && !plan.IsSingleAttempt)
            {
                result = await KeepAskingAsync(
                    result, gate, plan, ownerId, giveUpAt, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            if (result.Lease is null)
            {
                gate.EndTurn();
            }
        }

        return result;
    }

    private async ValueTask<AcquisitionResult> KeepAskingAsync(
        AcquisitionResult last, LocalGate gate, AcquirePlan plan, string ownerId, long giveUpAt, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
        reporter.Waiting(1);
        try
        {
            return await loop.ContinueAsync(last, gate, plan, ownerId, giveUpAt, ending.Token).ConfigureAwait(false);
        }
        finally
        {
            reporter.Waiting(-1);
        }
    }
}
