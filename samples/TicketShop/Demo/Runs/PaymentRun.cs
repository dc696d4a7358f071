using TicketShop.Data;
using TicketShop.Demo.Instances;
using TicketShop.Shop.Payments;

namespace TicketShop.Demo.Runs;

/// <summary>Two payments at once, one on each instance, for the same open orders.</summary>
internal sealed class PaymentRun(ShopInstances instances, AllocationStore allocations, Rush rush)
{
    internal async Task<PaymentResult> RunAsync(PaymentRequest request, CancellationToken cancellationToken)
    {
        await allocations.ClearAsync(cancellationToken);
        Call[] calls = [CreateCall(2, instances.Freezable, request), CreateCall(1, instances.All[0], request)];
        var result = await rush.RunAsync(calls, request.Freeze, cancellationToken);
        var booked = await allocations.ListAsync(fence: null, cancellationToken);
        var balances = OrderBook.Orders
            .Select(order => booked.Where(allocation => allocation.Order == order.Number).Sum(allocation => allocation.Cents) - order.Cents)
            .ToList();
        return new PaymentResult
        {
            Protection = request.Protection,
            Freeze = request.Freeze,
            PaidTwice = balances.Count(balance => balance > 0),
            LostCents = balances.Sum(balance => Math.Max(balance, 0)),
            OpenCents = balances.Sum(balance => Math.Max(-balance, 0)),
            Refused = result.Count(Outcome.Refused),
            Errors = result.Count(Outcome.Failed),
            Seconds = result.Seconds,
            Allocations = booked,
            Events = result.Events,
        };
    }

    private static Call CreateCall(int number, InstanceProcess instance, PaymentRequest request) => new(
        instance,
        "payments",
        OrderBook.Key,
        number,
        isFrozen => new Payment(number, OrderBook.PaymentCents, request.Protection, isFrozen));
}
