using TicketShop.Data;
using TicketShop.Demo.Freezing;
using TicketShop.Demo.Instances;
using TicketShop.Demo.Runs;
using TicketShop.Options;
using TicketShop.Shop;

namespace TicketShop.Demo;

/// <summary>What is around the shop: its page, the buyers, and the hand that freezes an instance.</summary>
internal static class DemoProgram
{
    internal static async Task<int> RunAsync(ShopOptions options, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        options = options with { Folder = folder.Path };
        await using var database = await StoreProbe.OpenDatabaseAsync(options, cancellationToken);
        await StoreProbe.TakeLockAsync(options, cancellationToken);

        await using var instances = new ShopInstances();
        await using var app = Build(options, database, instances);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException exception)
        {
            throw new ShopException($"port {options.Port} can't be used ({exception.Message}): choose another with --port", ShopException.BadOption, exception);
        }

        var page = new Uri(app.Urls.First());
        await instances.StartAsync(options, page, cancellationToken);
        await WarmUpAsync(app.Services.GetRequiredService<SaleRun>(), app.Services.GetRequiredService<TicketStore>(), cancellationToken);
        foreach (var instance in instances.All)
        {
            Console.WriteLine($"instance {instance.Name}: {instance.Address} (process {instance.Id})");
        }

        Console.WriteLine($"Open {page} in a browser. Ctrl+C ends it.");
        return await WaitAsync(app, instances);
    }

    /// <summary>The first call of anything is slow, and slow sales don't meet.</summary>
    private static async Task WarmUpAsync(SaleRun sale, TicketStore tickets, CancellationToken cancellationToken)
    {
        foreach (var protection in Enum.GetValues<Protection>())
        {
            await sale.RunAsync(new SaleRequest(Buyers: 8, protection, Freeze: false), cancellationToken);
        }

        await tickets.ClearAsync(cancellationToken);
    }

    private static async Task<int> WaitAsync(WebApplication app, ShopInstances instances)
    {
        var shutdown = app.WaitForShutdownAsync();
        var ended = instances.WaitForEndAsync();
        await Task.WhenAny(shutdown, ended);

        // Ctrl+C reaches all processes of a terminal: an instance may end first.
        var isAlone = ended.IsCompleted && !app.Lifetime.ApplicationStopping.IsCancellationRequested
            && await Task.WhenAny(shutdown, Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System)) != shutdown;
        if (isAlone)
        {
            app.Lifetime.StopApplication();
            await shutdown;
            throw new ShopException($"instance {(await ended).Name} ended unexpectedly");
        }

        await shutdown;
        return 0;
    }

    private static WebApplication Build(ShopOptions options, ShopDatabase database, ShopInstances instances)
    {
        var builder = ShopWeb.CreateBuilder(options.Port);
        var services = builder.Services;
        services.AddSingleton(options);
        services.AddSingleton(database);
        services.AddSingleton(instances);
        services.AddSingleton<TicketStore>();
        services.AddSingleton<AllocationStore>();
        services.AddSingleton<Freezer>();
        services.AddSingleton<Rush>();
        services.AddSingleton<SaleRun>();
        services.AddSingleton<PaymentRun>();
        services.AddSingleton<OneRun>();
        services.AddProblemDetails();
        services.AddExceptionHandler<DemoExceptionHandler>();
        services.Configure<RouteHandlerOptions>(handlers => handlers.ThrowOnBadRequest = true);

        var app = builder.Build();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.Use((context, next) =>
        {
            // Nothing of the page comes from elsewhere, and nothing is kept that a newer version has changed.
            context.Response.Headers.ContentSecurityPolicy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
            context.Response.Headers.CacheControl = "no-cache";
            return next(context);
        });
        app.UseDefaultFiles();
        app.UseStaticFiles();
        app.MapDemo();
        return app;
    }
}
