using System.Runtime.CompilerServices;

namespace DistributedLocking.Engine;

/// <summary>Leads an acquisition through the local gate to the loop, and passes the turn on when no lock came of it.</summary>
internal sealed class Entrance(
    GateTable gates, LeaseKeeper keeper, LeaseControl leases, AcquisitionLoop loop, Clock clock, LockReporter reporter, CancellationToken stopping)
{
    /// <summary>Takes the key's turn if it is free, and asks once; everything slower waits.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<AcquisitionResult> EnterAsync(string key, AcquirePlan plan, long giveUpAt, CancellationToken cancellationToken)
    {
        var outcome = Join(key, plan, out var gate, out var turn);
        if (outcome == TurnOutcome.SeenHeld)
        {
            return AcquisitionResult.SeenHeld;
        }

        if (outcome == TurnOutcome.Queued)
        {
            return await WaitAsync(gate, turn!, plan, giveUpAt, cancellationToken).ConfigureAwait(false);
        }

        AcquisitionResult result = default;
        try
        {
            var ownerId = OwnerId.New();
            if (loop.WaitsInStore && plan.Budget != TimeSpan.Zero)
            {
                result = await WaitAsync(last: null, gate, plan, ownerId, giveUpAt, cancellationToken).ConfigureAwait(false);
                return result;
            }

            result = await loop.TryOnceAsync(gate, plan, ownerId, giveUpAt, cancellationToken).ConfigureAwait(false);
            if (result.Lease is null && plan.Budget != TimeSpan.Zero)
            {
                result = await WaitAsync(result, gate, plan, ownerId, giveUpAt, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            if (result.Lease is null)
            {
                gate.PassOn();
            }
        }

        return result;
    }

    private TurnOutcome Join(string key, AcquirePlan plan, out LocalGate gate, out TurnWaiter? turn)
    {
        while (true)
        {
            gate = gates.Get(key);
            var outcome = gate.Join(plan, out turn, out var holder);
            if (holder is { IsHeldState: true } && !keeper.IsHeld(holder) && outcome == TurnOutcome.SeenHeld)
            {
                // Its lease has just ended here, before the lease clock came round to it. A holder whose release is in flight still counts.
                continue;
            }

            if (outcome is { } known)
            {
                return known;
            }
        }
    }

    /// <summary>Waits for the turn, and then for the lock.</summary>
    private async ValueTask<AcquisitionResult> WaitAsync(
        LocalGate gate, TurnWaiter turn, AcquirePlan plan, long giveUpAt, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
        reporter.Waiting(1);
        AcquisitionResult result = default;
        var taken = false;
        try
        {
            var outcome = await LocalTurn.WaitAsync(gate, turn, leases, clock, giveUpAt, ending.Token).ConfigureAwait(false);
            if (outcome.Lease is { } lease)
            {
                result = AcquisitionResult.Granted(lease);
                return result;
            }

            taken = outcome.Outcome == TurnOutcome.Taken;
            if (!taken)
            {
                return outcome.Outcome == TurnOutcome.SeenHeld ? AcquisitionResult.SeenHeld : AcquisitionResult.Failed(StoreFailure.Wrap(outcome.Failure));
            }

            result = await AskAsync(last: null, gate, plan, OwnerId.New(), giveUpAt, ending.Token).ConfigureAwait(false);
            return result;
        }
        finally
        {
            reporter.Waiting(-1);
            if (taken && result.Lease is null)
            {
                gate.PassOn();
            }
        }
    }

    /// <summary>Waits for the lock, the turn being ours.</summary>
    private async ValueTask<AcquisitionResult> WaitAsync(
        AcquisitionResult? last, LocalGate gate, AcquirePlan plan, string ownerId, long giveUpAt, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
        reporter.Waiting(1);
        try
        {
            return await AskAsync(last, gate, plan, ownerId, giveUpAt, ending.Token).ConfigureAwait(false);
        }
        finally
        {
            reporter.Waiting(-1);
        }
    }

    /// <summary>Asks once if that has not been done, and then on and on.</summary>
    private async ValueTask<AcquisitionResult> AskAsync(
        AcquisitionResult? last, LocalGate gate, AcquirePlan plan, string ownerId, long giveUpAt, CancellationToken cancellationToken)
    {
        var first = last ?? await loop.TryOnceAsync(gate, plan, ownerId, giveUpAt, cancellationToken).ConfigureAwait(false);
        return first.Lease is null && plan.Budget != TimeSpan.Zero
            ? await loop.ContinueAsync(first, gate, plan, ownerId, giveUpAt, cancellationToken).ConfigureAwait(false)
            : first;
    }
}
