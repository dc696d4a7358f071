using System.Text.Json;
using TicketShop.Data;
using TicketShop.Options;
using TicketShop.Shop.Events;
using TicketShop.Shop.Payments;
using TicketShop.Shop.Seats;

namespace TicketShop.Shop;

/// <summary>One instance of the shop: a web application like any other that uses the lock.</summary>
internal static class ShopProgram
{
    /// <summary>Begins the line that says where the instance listens.</summary>
    internal const string Ready = "ready ";

    /// <summary>Begins the line that says why it does not.</summary>
    internal const string Failed = "failed ";

    internal static async Task<int> RunAsync()
    {
        var line = await Console.In.ReadLineAsync() ?? throw new ShopException("this command is for the demo, which starts the instances itself");
        var options = JsonSerializer.Deserialize<InstanceOptions>(line)!;
        await using var app = Build(options);
        try
        {
            await app.StartAsync();
        }
        catch (IOException exception)
        {
            Console.WriteLine($"{Failed}port {options.Port} can't be used ({exception.Message}): choose others with --port");
            return ShopException.BadOption;
        }

        EndWithTheDemo(app);
        Console.WriteLine($"{Ready}{app.Urls.First()}");
        await app.WaitForShutdownAsync();
        return 0;
    }

    private static WebApplication Build(InstanceOptions options)
    {
        var builder = ShopWeb.CreateBuilder(options.Port);
        var services = builder.Services;
        services.AddShopLock(options.Shop);
        services.AddSingleton(options);
        services.AddSingleton(ShopLock.Terms(options.Shop));
        services.AddSingleton(_ => ShopDatabase.Open(options.Shop));
        services.AddSingleton<TicketStore>();
        services.AddSingleton<AllocationStore>();
        services.AddSingleton<SeatSales>();
        services.AddSingleton<PaymentDesk>();
        services.AddSingleton<WorstMoment>();
        services.AddSingleton(new EventLog(options.Name));
        services.AddSingleton(_ => new HttpClient { Timeout = Timeout.InfiniteTimeSpan });
        services.AddProblemDetails();
        services.AddExceptionHandler<ShopExceptionHandler>();

        var app = builder.Build();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.MapSeats();
        app.MapPayments();
        app.MapEvents();
        return app;
    }

    /// <summary>The demo keeps the standard input open as long as it lives, even when it is killed.</summary>
    private static void EndWithTheDemo(WebApplication app) => new Thread(() =>
    {
        Console.In.ReadToEnd();
        app.Lifetime.StopApplication();
    })
    {
        IsBackground = true,
        Name = "waits for the demo's end",
    }.Start();
}
