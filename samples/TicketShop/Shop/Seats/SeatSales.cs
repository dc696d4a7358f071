using DistributedLocking;
using TicketShop.Data;
using TicketShop.Options;
using TicketShop.Shop.Events;

namespace TicketShop.Shop.Seats;

/// <summary>Sells seats: look whether it is free, let the buyer pay, write the ticket.</summary>
internal sealed class SeatSales(InstanceOptions instance, IDistributedLock locks, TicketStore tickets, WorstMoment worstMoment, EventLog log)
{
    private static readonly TimeSpan CheckoutTime = TimeSpan.FromMilliseconds(800);

    /// <summary>Sells a seat.</summary>
    /// <returns>False when it is sold already.</returns>
    internal async Task<bool> SellAsync(string seat, Purchase purchase, CancellationToken cancellationToken)
    {
        if (purchase.Protection == Protection.None)
        {
            return await SellAsync(seat, purchase, fence: null, cancellationToken, cancellationToken);
        }

        await using var handle = await locks.AcquireAsync(SeatMap.Key(seat), worstMoment.Terms(purchase.IsFrozen), cancellationToken);
        using var watch = log.Watch(handle, purchase.Buyer);
        using var whileHeld = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, handle.LostToken);
        Fence? fence = purchase.Protection == Protection.LockAndGuard ? new Fence(handle.Key, handle.FencingToken) : null;
        return await SellAsync(seat, purchase, fence, whileHeld.Token, cancellationToken);
    }

    private Task<bool> SellAsync(string seat, Purchase purchase, Fence? fence, CancellationToken whileHeld, CancellationToken cancellationToken) => log.RecordAsync(
        SeatMap.Key(seat),
        purchase.Buyer,
        async () =>
        {
            // The guard comes before the read: from here on, whoever had the lock before can't write any more.
            if (await tickets.IsSoldAsync(seat, fence, whileHeld))
            {
                return false;
            }

            await CheckOutAsync(whileHeld);

            // A last look at the lock. Whoever is stopped after it writes late, and only the guard can refuse that.
            whileHeld.ThrowIfCancellationRequested();
            await worstMoment.PassAsync(purchase.IsFrozen, cancellationToken);
            await tickets.AddAsync(new Ticket(seat, purchase.Buyer, instance.Name), fence, cancellationToken);
            return true;
        });

    /// <summary>The buyer finds a card and types its number.</summary>
    private static Task CheckOutAsync(CancellationToken cancellationToken) => Task.Delay(CheckoutTime, TimeProvider.System, cancellationToken);
}
