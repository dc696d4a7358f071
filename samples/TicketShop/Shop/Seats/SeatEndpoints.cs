using TicketShop.Shop.Events;

namespace TicketShop.Shop.Seats;

internal static class SeatEndpoints
{
    internal static void MapSeats(this IEndpointRouteBuilder routes) => routes.MapPost(
        "/seats/{seat}/tickets",
        async (string seat, Purchase purchase, SeatSales sales, EventLog log, CancellationToken cancellationToken) =>
        {
            if (!SeatMap.Has(seat))
            {
                return Results.Problem(statusCode: StatusCodes.Status404NotFound, title: "There is no such seat.");
            }

            log.Begin(SeatMap.Key(seat), purchase.Buyer);
            return await sales.SellAsync(seat, purchase, cancellationToken)
                ? Results.StatusCode(StatusCodes.Status201Created)
                : Results.Problem(statusCode: StatusCodes.Status409Conflict, title: "The seat is sold.");
        });
}
