using TicketShop.Data;
using TicketShop.Demo.Freezing;
using TicketShop.Demo.Instances;
using TicketShop.Demo.Runs;
using TicketShop.Options;

namespace TicketShop.Demo;

/// <summary>What the page and the instances ask the demo.</summary>
internal static class DemoEndpoints
{
    internal static void MapDemo(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/setup", (ShopOptions options, ShopInstances instances) => Setup.Of(options, instances));
        routes.MapGet("/api/tickets", (TicketStore tickets, CancellationToken cancellationToken) => tickets.ListAsync(cancellationToken));
        routes.MapPost("/api/sales", (SaleRequest request, OneRun one, SaleRun sale) => request.FindErrors() is { Count: > 0 } errors
            ? Task.FromResult(Results.ValidationProblem(errors))
            : one.RunAsync(cancellationToken => sale.RunAsync(request, cancellationToken)));
        routes.MapPost("/api/payments", (PaymentRequest request, OneRun one, PaymentRun payments) =>
            one.RunAsync(cancellationToken => payments.RunAsync(request, cancellationToken)));
        routes.MapPost("/freezes", (Freezer freezer, CancellationToken cancellationToken) => freezer.HoldAsync(cancellationToken));
    }
}
