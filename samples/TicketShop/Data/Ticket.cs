namespace TicketShop.Data;

/// <summary>A seat that an instance has sold to a buyer.</summary>
internal sealed record Ticket(string Seat, int Buyer, string Instance);
