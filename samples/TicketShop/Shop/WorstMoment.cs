using DistributedLocking;
using TicketShop.Options;

namespace TicketShop.Shop;

/// <summary>
/// The moment before a write, after the last look at the lock. A process can be stopped there: by a garbage
/// collection, a virtual machine that is moved, a laptop that is closed. The demo does it with a signal.
/// </summary>
internal sealed class WorstMoment(InstanceOptions instance, AcquireOptions terms, HttpClient http)
{
    /// <summary>The terms of a lock, for one that meets the worst moment and for all others.</summary>
    internal AcquireOptions Terms(bool isFrozen) => isFrozen && !instance.Shop.StopsProcess ? terms with { AutoRenew = false } : terms;

    /// <summary>Lets the demo freeze this process now, and comes back after that.</summary>
    internal async Task PassAsync(bool isFrozen, CancellationToken cancellationToken)
    {
        if (isFrozen)
        {
            using var response = await http.PostAsync(new Uri(instance.Demo, "freezes"), content: null, cancellationToken);
            response.EnsureSuccessStatusCode();
        }
    }
}
