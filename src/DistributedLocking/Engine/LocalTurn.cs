namespace DistributedLocking.Engine;

/// <summary>How a caller stands at the local gate.</summary>
internal readonly record struct LocalTurn(TurnOutcome Outcome)
{
    /// <summary>The place in the queue.</summary>
    internal TurnWaiter? Waiter { get; init; }

    /// <summary>The asker's next answer, which is this caller's too.</summary>
    internal SharedAnswer? Answer { get; init; }

    /// <summary>What was handed over, or the holder's lease if the holder is of this process.</summary>
    internal Lease? Lease { get; init; }

    /// <summary>Waits in the gate's queue until the turn comes or the budget is over. When this throws, the queue has been left.</summary>
    internal static async ValueTask<LocalTurn> WaitAsync(
        LocalGate gate, TurnWaiter waiter, LeaseControl leases, Clock clock, long giveUpAt, CancellationToken cancellationToken)
    {
        try
        {
            gate.LimitPause(WaitPace.FirstDelay(waiter.Plan.Retry));
            await waiter.Task.WaitAsync(clock.Until(giveUpAt), clock.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            if (gate.Leave(waiter))
            {
                return new LocalTurn(TurnOutcome.TimedOut);
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

        return new LocalTurn(waiter.Outcome) { Lease = waiter.Lease };
    }
}
