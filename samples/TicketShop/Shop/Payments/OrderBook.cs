using TicketShop.Data;

namespace TicketShop.Shop.Payments;

/// <summary>The customer's orders, oldest first, and how a payment is spread over what is open of them.</summary>
internal static class OrderBook
{
    /// <summary>The key of the lock on the customer's orders.</summary>
    internal const string Key = "customer:1:orders";

    internal static readonly IReadOnlyList<Order> Orders =
    [
        new(1, 20_00), new(2, 35_00), new(3, 50_00), new(4, 25_00), new(5, 40_00), new(6, 60_00), new(7, 45_00), new(8, 25_00),
    ];

    /// <summary>Two of these payments are worth all orders.</summary>
    internal static readonly long PaymentCents = Orders.Sum(order => order.Cents) / 2;

    /// <summary>Pays the oldest open orders until the money is spent.</summary>
    internal static IReadOnlyList<Allocation> Spread(int payment, long cents, IEnumerable<Allocation> paid)
    {
        var paidByOrder = paid.GroupBy(allocation => allocation.Order).ToDictionary(group => group.Key, group => group.Sum(allocation => allocation.Cents));
        var allocations = new List<Allocation>();
        foreach (var order in Orders)
        {
            var part = Math.Min(cents, order.Cents - paidByOrder.GetValueOrDefault(order.Number));
            if (part > 0)
            {
                allocations.Add(new Allocation(payment, order.Number, part));
                cents -= part;
            }
        }

        return allocations;
    }
}
