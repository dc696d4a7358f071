namespace TicketShop.Shop.Events;

/// <summary>One thing that happened to a key.</summary>
/// <param name="Time">Milliseconds since 1970. All processes are on one machine, and share its clock.</param>
/// <param name="Instance">A or B.</param>
/// <param name="Key">The lock's key, also where no lock is taken.</param>
/// <param name="Caller">The number of the buyer or payment.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Token">The lock's fencing token, if there is a lock.</param>
/// <param name="Lease">How long a granted lock lasts unless it is renewed, in milliseconds.</param>
internal sealed record ShopEvent(double Time, string Instance, string Key, int Caller, EventKind Kind, long? Token = null, double? Lease = null)
{
    internal static double Now() => TimeProvider.System.GetUtcNow().Subtract(DateTimeOffset.UnixEpoch).TotalMilliseconds;
}
