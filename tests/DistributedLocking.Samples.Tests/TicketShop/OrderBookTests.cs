extern alias ticketshop;

using ticketshop::TicketShop.Data;
using ticketshop::TicketShop.Shop.Payments;

namespace DistributedLocking.Samples.Tests.TicketShop;

public sealed class OrderBookTests
{
    [Fact]
    public void A_payment_pays_the_oldest_orders_first()
    {
        OrderBook.Spread(1, 60_00, []).ShouldBe([new Allocation(1, 1, 20_00), new Allocation(1, 2, 35_00), new Allocation(1, 3, 5_00)]);
    }

    [Fact]
    public void The_next_payment_goes_on_where_it_ended()
    {
        var first = OrderBook.Spread(1, OrderBook.PaymentCents, []);
        var second = OrderBook.Spread(2, OrderBook.PaymentCents, first);

        first.Concat(second).GroupBy(part => part.Order).Select(order => order.Sum(part => part.Cents))
            .ShouldBe(OrderBook.Orders.Select(order => order.Cents));
        OrderBook.Spread(3, 1, first.Concat(second)).ShouldBeEmpty();
    }
}
