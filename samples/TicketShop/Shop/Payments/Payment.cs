namespace TicketShop.Shop.Payments;

/// <summary>Money that comes in for a customer's open orders.</summary>
/// <param name="Number">The payment's number.</param>
/// <param name="Cents">How much it is.</param>
/// <param name="Protection">How it is protected.</param>
/// <param name="IsFrozen">Whether the demo freezes the instance in the middle of it.</param>
internal sealed record Payment(int Number, long Cents, Protection Protection, bool IsFrozen);
