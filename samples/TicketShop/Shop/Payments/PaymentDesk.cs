using DistributedLocking;
using TicketShop.Data;
using TicketShop.Shop.Events;

namespace TicketShop.Shop.Payments;

/// <summary>Spreads a payment over the open orders: look what is open, compute, write.</summary>
internal sealed class PaymentDesk(IDistributedLock locks, AllocationStore allocations, WorstMoment worstMoment, EventLog log)
{
    private static readonly TimeSpan BookingTime = TimeSpan.FromMilliseconds(800);

    /// <summary>Books a payment.</summary>
    /// <returns>False when no order is open.</returns>
    internal async Task<bool> BookAsync(Payment payment, CancellationToken cancellationToken)
    {
        if (payment.Protection == Protection.None)
        {
            return await BookAsync(payment, fence: null, cancellationToken, cancellationToken);
        }

        await using var handle = await locks.AcquireAsync(OrderBook.Key, worstMoment.Terms(payment.IsFrozen), cancellationToken);
        using var watch = log.Watch(handle, payment.Number);
        using var whileHeld = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, handle.LostToken);
        Fence? fence = payment.Protection == Protection.LockAndGuard ? new Fence(handle.Key, handle.FencingToken) : null;
        return await BookAsync(payment, fence, whileHeld.Token, cancellationToken);
    }

    private Task<bool> BookAsync(Payment payment, Fence? fence, CancellationToken whileHeld, CancellationToken cancellationToken) => log.RecordAsync(
        OrderBook.Key,
        payment.Number,
        async () =>
        {
            // The guard comes before the read: from here on, whoever had the lock before can't write any more.
            var paid = await allocations.ListAsync(fence, whileHeld);
            var parts = OrderBook.Spread(payment.Number, payment.Cents, paid);
            await Task.Delay(BookingTime, TimeProvider.System, whileHeld);

            // A last look at the lock. Whoever is stopped after it writes late, and only the guard can refuse that.
            whileHeld.ThrowIfCancellationRequested();
            await worstMoment.PassAsync(payment.IsFrozen, cancellationToken);
            await allocations.AddAsync(parts, fence, cancellationToken);
            return parts.Count > 0;
        });
}
