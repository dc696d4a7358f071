using TicketShop.Demo.Instances;
using TicketShop.Options;

namespace TicketShop.Demo.Freezing;

/// <summary>Freezes an instance when it asks for it. One freeze at a time.</summary>
internal sealed class Freezer(ShopInstances instances, ShopOptions options)
{
    private Freeze? current;

    /// <summary>Gets ready for the call of the instance that is to be frozen.</summary>
    internal Freeze Prepare(string key, int caller) => current = new Freeze(instances.Freezable, options.StopsProcess, key, caller);

    /// <summary>Answers the instance's call when the freeze is over.</summary>
    internal Task HoldAsync(CancellationToken cancellationToken) => current?.HoldAsync(cancellationToken) ?? Task.CompletedTask;
}
