using TicketShop.Demo.Instances;

namespace TicketShop.Demo.Runs;

/// <summary>A request to an instance of the shop.</summary>
/// <param name="Instance">Which instance is asked.</param>
/// <param name="Path">What it is asked for.</param>
/// <param name="Key">The key of the lock that it takes.</param>
/// <param name="Caller">The number of the buyer or payment.</param>
/// <param name="Body">The body, for a call that is frozen and for one that is not.</param>
internal sealed record Call(InstanceProcess Instance, string Path, string Key, int Caller, Func<bool, object> Body);
