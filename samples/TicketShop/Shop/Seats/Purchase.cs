namespace TicketShop.Shop.Seats;

/// <summary>A buyer's click on a seat.</summary>
/// <param name="Buyer">The buyer's number.</param>
/// <param name="Protection">How the sale is protected.</param>
/// <param name="IsFrozen">Whether the demo freezes the instance in the middle of this sale.</param>
internal sealed record Purchase(int Buyer, Protection Protection, bool IsFrozen);
