namespace DistributedLocking.Engine;

/// <summary>What a caller's wait at the local gate came to.</summary>
internal readonly record struct LocalTurn(TurnOutcome Outcome, Exception? Failure, Lease? Lease = null)
{
    /// <summary>Waits in the gate's queue until the turn comes or the budget is over. When this throws, the queue has been left.</summary>
    internal static async ValueTask<LocalTurn> WaitAsync(
        LocalGate gate, TurnWaiter waiter, LeaseControl leases, Clock clock, long giveUpAt, CancellationToken cancellationToken)
    {
        try
        {
            // A caller that wants a single attempt shares the one in flight, which the store's time-out bounds.
            var budget = waiter.OneAttempt ? Timeout.InfiniteTimeSpan : clock.Until(giveUpAt);
            var outcome = await waiter.Task.WaitAsync(budget, clock.Time, cancellationToken).ConfigureAwait(false);
            return new LocalTurn(outcome, waiter.Failure, waiter.Lease);
        }
        catch (TimeoutException)
        {
            if (!gate.Leave(waiter))
            {
                return new LocalTurn(waiter.Outcome, null, waiter.Lease);
            }

            return gate.WasSeenHeld(waiter, out var failure)
                ? new LocalTurn(TurnOutcome.SeenHeld, null)
                : new LocalTurn(
                    TurnOutcome.StoreFailed,
                    failure ?? new DistributedLockUnavailableException("The lock's store did not answer within the wait."));
        }
        catch (OperationCanceledException)
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
                    gate.PassOn();
                }
            }

            throw;
        }
    }
}
