using TicketShop.Data;
using TicketShop.Demo.Instances;
using TicketShop.Shop.Seats;

namespace TicketShop.Demo.Runs;

/// <summary>Buyers who click at the same time: one on each instance for each seat, as long as there are any.</summary>
internal sealed class SaleRun(ShopInstances instances, TicketStore tickets, Rush rush)
{
    internal async Task<SaleResult> RunAsync(SaleRequest request, CancellationToken cancellationToken)
    {
        await tickets.ClearAsync(cancellationToken);
        var result = await rush.RunAsync([.. Enumerable.Range(0, request.Buyers).Select(buyer => CreateCall(buyer, request))], request.Freeze, cancellationToken);
        var sold = await tickets.ListAsync(cancellationToken);
        var seats = sold.CountBy(ticket => ticket.Seat).ToList();
        return new SaleResult
        {
            Protection = request.Protection,
            Freeze = request.Freeze,
            Buyers = request.Buyers,
            Sold = seats.Count,
            SoldTwice = seats.Count(seat => seat.Value > 1),
            Declined = result.Count(Outcome.Declined),
            Refused = result.Count(Outcome.Refused),
            Errors = result.Count(Outcome.Failed),
            Seconds = result.Seconds,
            Tickets = sold,
            Events = result.Events,
        };
    }

    /// <summary>The even buyers click on the instance that may be frozen, so that the first does.</summary>
    private Call CreateCall(int buyer, SaleRequest request)
    {
        var seat = SeatMap.Seats[buyer / 2 % SeatMap.Seats.Count];
        return new Call(
            buyer % 2 == 0 ? instances.Freezable : instances.All[0],
            $"seats/{seat}/tickets",
            SeatMap.Key(seat),
            buyer + 1,
            isFrozen => new Purchase(buyer + 1, request.Protection, isFrozen));
    }
}
