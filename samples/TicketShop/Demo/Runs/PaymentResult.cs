using TicketShop.Data;
using TicketShop.Shop;
using TicketShop.Shop.Events;

namespace TicketShop.Demo.Runs;

/// <summary>What the page shows of two payments.</summary>
internal sealed record PaymentResult
{
    public required Protection Protection { get; init; }

    public required bool Freeze { get; init; }

    /// <summary>Orders for which more was paid than they cost.</summary>
    public required int PaidTwice { get; init; }

    /// <summary>What was paid beyond that: nobody's order has it.</summary>
    public required long LostCents { get; init; }

    /// <summary>What the customer still owes.</summary>
    public required long OpenCents { get; init; }

    /// <summary>Payments that the guard refused. They can be booked again.</summary>
    public required int Refused { get; init; }

    public required int Errors { get; init; }

    public required double Seconds { get; init; }

    public required IReadOnlyList<Allocation> Allocations { get; init; }

    public required IReadOnlyList<ShopEvent> Events { get; init; }
}
