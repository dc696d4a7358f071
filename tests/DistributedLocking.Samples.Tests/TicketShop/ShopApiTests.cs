using System.Text.Json;
using DistributedLocking.TestKit;

namespace DistributedLocking.Samples.Tests.TicketShop;

/// <summary>The shop without its page.</summary>
[Collection<ShopGroup>]
public sealed class ShopApiTests(ShopFixture fixture)
{
    private readonly RunningShop shop = fixture.Shop;

    [Fact]
    public async Task Without_protection_seats_are_sold_twice()
    {
        var sale = await shop.SellAsync("none", freeze: false);

        Number(sale, "soldTwice").ShouldBeGreaterThan(0, sale.ToString());
        Number(sale, "errors").ShouldBe(0);
    }

    [Theory]
    [InlineData("lock")]
    [InlineData("lockAndGuard")]
    public async Task With_a_lock_each_seat_is_sold_once(string protection)
    {
        var sale = await shop.SellAsync(protection, freeze: false);

        Number(sale, "sold").ShouldBe(20, sale.ToString());
        Number(sale, "soldTwice").ShouldBe(0);
        Number(sale, "declined").ShouldBe(20);
        Number(sale, "errors").ShouldBe(0);
    }

    [Fact]
    public async Task The_time_line_shows_each_lock_held_by_one_at_a_time_with_rising_tokens()
    {
        var sale = await shop.SellAsync("lock", freeze: false);

        foreach (var events in sale.GetProperty("events").EnumerateArray().GroupBy(one => Text(one, "key"), StringComparer.Ordinal))
        {
            var locks = events.Where(one => Text(one, "kind") is "acquired" or "released").ToList();
            locks.Select(one => Text(one, "kind")).ShouldBe(["acquired", "released", "acquired", "released"], events.Key);
            locks.Where(one => Text(one, "kind") is "acquired").Select(one => one.GetProperty("token").GetInt64()).ShouldBeInOrder();
        }
    }

    [Theory]
    [InlineData("none", 1, 0)]
    [InlineData("lock", 1, 0)]
    [InlineData("lockAndGuard", 0, 1)]
    public async Task A_frozen_sale_is_refused_by_the_guard_alone(string protection, int soldTwice, int refused)
    {
        var sale = await shop.SellAsync(protection, freeze: true, buyers: 2);

        Number(sale, "soldTwice").ShouldBe(soldTwice, sale.ToString());
        Number(sale, "refused").ShouldBe(refused);
        Number(sale, "errors").ShouldBe(0);
        Kinds(sale).Contains("froze", StringComparer.Ordinal).ShouldBeTrue();
        Kinds(sale).Contains("lost", StringComparer.Ordinal).ShouldBe(!string.Equals(protection, "none", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_frozen_instance_is_a_stopped_process()
    {
        var instances = await shop.GetInstancesAsync();
        var sale = shop.SellAsync("lock", freeze: true, buyers: 4);

        await Eventually.BecomesTrueAsync(() => ProcessTable.IsStopped(instances[1]), "instance B was stopped");
        ProcessTable.IsStopped(instances[0]).ShouldBeFalse();
        await sale;

        ProcessTable.IsStopped(instances[1]).ShouldBeFalse();
    }

    [Theory]
    [InlineData("none", false, true, 0)]
    [InlineData("lock", false, false, 0)]
    [InlineData("lockAndGuard", false, false, 0)]
    [InlineData("lock", true, true, 0)]
    [InlineData("lockAndGuard", true, false, 1)]
    public async Task Money_is_lost_where_two_payments_pay_the_same_orders(string protection, bool freeze, bool isLost, int refused)
    {
        var payments = await shop.PayAsync(protection, freeze);

        (Number(payments, "lostCents") > 0).ShouldBe(isLost, payments.ToString());
        (Number(payments, "paidTwice") > 0).ShouldBe(isLost);
        (Number(payments, "openCents") > 0).ShouldBe(isLost || refused > 0);
        Number(payments, "refused").ShouldBe(refused);
        Number(payments, "errors").ShouldBe(0);
    }

    [Theory]
    [InlineData("""{"buyers":201,"protection":"none","freeze":false}""", "buyers", "201 buyers are too many. Choose 2 to 200.")]
    [InlineData("""{"buyers":1,"protection":"none","freeze":false}""", "buyers", "1 buyers are too few. Choose 2 to 200.")]
    [InlineData("""{"buyers":"many","protection":"none","freeze":false}""", "buyers", "The number of buyers must be a whole number.")]
    [InlineData("""{"buyers":1.5,"protection":"none","freeze":false}""", "buyers", "The number of buyers must be a whole number.")]
    [InlineData("""{"buyers":2,"protection":"hope","freeze":false}""", "protection", "The protection must be none, lock or lockAndGuard.")]
    public async Task Bad_input_gets_a_clear_message_for_its_field(string json, string field, string message)
    {
        var (status, body) = await shop.PostAsync("api/sales", json);

        status.ShouldBe(400);
        body.GetProperty("errors").GetProperty(field)[0].GetString().ShouldBe(message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    public async Task A_body_that_cannot_be_read_is_a_problem_too(string json)
    {
        var (status, body) = await shop.PostAsync("api/sales", json);

        status.ShouldBe(400);
        Text(body, "title").ShouldBe("The request can't be read.");
    }

    [Fact]
    public async Task A_second_run_has_to_wait_for_the_first()
    {
        var first = shop.SellAsync("none", freeze: true, buyers: 2);
        var instances = await shop.GetInstancesAsync();
        await Eventually.BecomesTrueAsync(() => ProcessTable.IsStopped(instances[1]), "instance B was stopped");

        var (status, body) = await shop.PostAsync("api/payments", """{"protection":"none","freeze":false}""");

        status.ShouldBe(409);
        Text(body, "title").ShouldStartWith("Another run has not ended yet.");
        await first;
    }

    [Fact]
    public async Task An_instance_knows_its_seats()
    {
        var instance = (await shop.GetAsync("api/setup")).GetProperty("instances")[0].GetProperty("address").GetString();

        var (status, body) = await shop.PostAsync($"{instance}/seats/Z9/tickets", """{"buyer":1,"protection":"none","isFrozen":false}""");

        status.ShouldBe(404);
        Text(body, "title").ShouldBe("There is no such seat.");
    }

    private static long Number(JsonElement element, string name) => element.GetProperty(name).GetInt64();

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static List<string> Kinds(JsonElement sale) => [.. sale.GetProperty("events").EnumerateArray().Select(one => Text(one, "kind"))];
}
