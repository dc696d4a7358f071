namespace TicketShop.Shop.Events;

internal static class EventEndpoints
{
    internal static void MapEvents(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/events", (EventLog log) => log.Read());
        routes.MapDelete("/events", (EventLog log) => log.Clear());
    }
}
