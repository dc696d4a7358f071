namespace DistributedLocking.Samples.Tests.TicketShop;

/// <summary>A shop and a browser that the tests of the collection share: it lets one run go on at a time.</summary>
public sealed class ShopFixture : IAsyncLifetime
{
    private RunningShop? shop;
    private Browser? browser;

    internal RunningShop Shop => shop ?? throw new InvalidOperationException("The shop is not started.");

    internal Browser Browser => browser ?? throw new InvalidOperationException("The browser is not started.");

    public async ValueTask InitializeAsync()
    {
        shop = await RunningShop.StartAsync();
        browser = Browser.Start();
    }

    public ValueTask DisposeAsync()
    {
        browser?.Dispose();
        shop?.Dispose();
        return ValueTask.CompletedTask;
    }
}

[CollectionDefinition]
public sealed class ShopGroup : ICollectionFixture<ShopFixture>;
