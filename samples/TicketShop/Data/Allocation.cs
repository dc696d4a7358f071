namespace TicketShop.Data;

/// <summary>The part of a payment that pays for an order.</summary>
internal sealed record Allocation(int Payment, int Order, long Cents);
