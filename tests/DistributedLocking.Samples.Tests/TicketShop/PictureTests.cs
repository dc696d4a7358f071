namespace DistributedLocking.Samples.Tests.TicketShop;

/// <summary>Takes the pictures of the documents. The folder for them is named by SHOP_PICTURES, as in docs/pictures.</summary>
[Collection<ShopGroup>]
public sealed class PictureTests(ShopFixture fixture)
{
    private const int Limit = 300_000;

    [Fact]
    public async Task The_seats_after_all_six_runs_make_a_picture_on_a_desk_and_on_a_phone()
    {
        await fixture.Browser.OpenAsync(fixture.Shop.Address);
        fixture.Browser.Click("#seats [data-all]");
        await fixture.Browser.WaitForAsync("[data-result=lockAndGuard-frozen].good");
        await TakeAsync("ticket-shop.png");
        fixture.Browser.SetSize(375, 812);
        await TakeAsync("ticket-shop-phone.png");
    }

    [Fact]
    public async Task So_do_the_payments()
    {
        await fixture.Browser.OpenAsync(fixture.Shop.Address);
        fixture.Browser.Click("#tab-payments");
        fixture.Browser.Click("#payments [data-all]");
        await fixture.Browser.WaitForAsync("#payments [data-result=lockAndGuard-frozen].good");
        await TakeAsync("ticket-shop-payments.png");
    }

    private async Task TakeAsync(string name)
    {
        var picture = fixture.Browser.TakePicture();
        picture.Length.ShouldBeInRange(10_000, Limit);
        if (Environment.GetEnvironmentVariable("SHOP_PICTURES") is { Length: > 0 } folder)
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, name), picture, TestContext.Current.CancellationToken);
        }
    }
}
