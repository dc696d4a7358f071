using TicketShop.Data;
using TicketShop.Shop;
using TicketShop.Shop.Events;

namespace TicketShop.Demo.Runs;

/// <summary>What the page shows of a sale.</summary>
internal sealed record SaleResult
{
    public required Protection Protection { get; init; }

    public required bool Freeze { get; init; }

    public required int Buyers { get; init; }

    /// <summary>Seats that were sold at least once.</summary>
    public required int Sold { get; init; }

    /// <summary>Seats that were sold more than once.</summary>
    public required int SoldTwice { get; init; }

    /// <summary>Buyers who were told that the seat is sold.</summary>
    public required int Declined { get; init; }

    /// <summary>Sales that the guard refused.</summary>
    public required int Refused { get; init; }

    public required int Errors { get; init; }

    public required double Seconds { get; init; }

    public required IReadOnlyList<Ticket> Tickets { get; init; }

    public required IReadOnlyList<ShopEvent> Events { get; init; }
}
