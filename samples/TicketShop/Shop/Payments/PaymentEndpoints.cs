using TicketShop.Shop.Events;

namespace TicketShop.Shop.Payments;

internal static class PaymentEndpoints
{
    internal static void MapPayments(this IEndpointRouteBuilder routes) => routes.MapPost(
        "/payments",
        async (Payment payment, PaymentDesk desk, EventLog log, CancellationToken cancellationToken) =>
        {
            log.Begin(OrderBook.Key, payment.Number);
            return await desk.BookAsync(payment, cancellationToken)
                ? Results.StatusCode(StatusCodes.Status201Created)
                : Results.Problem(statusCode: StatusCodes.Status409Conflict, title: "No order is open.");
        });
}
