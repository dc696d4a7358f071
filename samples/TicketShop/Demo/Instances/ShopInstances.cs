using TicketShop.Options;
using TicketShop.Shop.Events;

namespace TicketShop.Demo.Instances;

/// <summary>The two instances of the shop.</summary>
internal sealed class ShopInstances : IAsyncDisposable
{
    private readonly List<InstanceProcess> all = [];

    internal IReadOnlyList<InstanceProcess> All => all;

    /// <summary>The one that is frozen.</summary>
    internal InstanceProcess Freezable => all[^1];

    /// <summary>Starts both.</summary>
    /// <exception cref="ShopException">A port is taken.</exception>
    internal async Task StartAsync(ShopOptions options, Uri demo, CancellationToken cancellationToken)
    {
        foreach (var (index, name) in ((string[])["A", "B"]).Index())
        {
            var port = options.Port == 0 ? 0 : options.Port + 1 + index;
            all.Add(await InstanceProcess.StartAsync(new InstanceOptions(name, port, demo, options), cancellationToken));
        }
    }

    internal Task ClearEventsAsync(CancellationToken cancellationToken) => Task.WhenAll(all.Select(instance => instance.ClearEventsAsync(cancellationToken)));

    internal async Task<IEnumerable<ShopEvent>> ReadEventsAsync(CancellationToken cancellationToken) =>
        (await Task.WhenAll(all.Select(instance => instance.ReadEventsAsync(cancellationToken)))).SelectMany(events => events);

    /// <summary>Waits until one of them has ended, which none does by itself.</summary>
    internal async Task<InstanceProcess> WaitForEndAsync()
    {
        var ended = await Task.WhenAny(all.Select(instance => instance.Ended));
        return all.First(instance => instance.Ended == ended);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in all)
        {
            await instance.DisposeAsync();
        }
    }
}
