namespace TicketShop.Shop.Payments;

/// <summary>An order that waits to be paid.</summary>
internal sealed record Order(int Number, long Cents);
