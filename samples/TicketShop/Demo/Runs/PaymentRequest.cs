using TicketShop.Shop;

namespace TicketShop.Demo.Runs;

/// <summary>The page's wish: two payments at once.</summary>
internal sealed record PaymentRequest(Protection Protection, bool Freeze);
