namespace TicketShop.Data;

/// <summary>What a guarded transaction shows first: which resource it touches, and the fencing token of its lock.</summary>
internal readonly record struct Fence(string Resource, long Token);
