using TicketShop.Demo.Instances;
using TicketShop.Demo.Runs;
using TicketShop.Options;
using TicketShop.Shop.Payments;
using TicketShop.Shop.Seats;

namespace TicketShop.Demo;

/// <summary>What the page is told once.</summary>
internal sealed record Setup
{
    public required IReadOnlyList<SetupInstance> Instances { get; init; }

    /// <summary>Where the lock is kept.</summary>
    public required string Lock { get; init; }

    /// <summary>Whether a stopped process keeps its lock: a lock file has no lease that could end.</summary>
    public required bool StoppedHolderKeepsLock { get; init; }

    /// <summary>Where tickets and payments are kept.</summary>
    public required string Database { get; init; }

    public required double TimeToLiveSeconds { get; init; }

    /// <summary>Whether a freeze stops the whole process.</summary>
    public required bool StopsProcess { get; init; }

    public required IReadOnlyList<string> Seats { get; init; }

    public required IReadOnlyList<Order> Orders { get; init; }

    public required long PaymentCents { get; init; }

    public required int FewestBuyers { get; init; }

    public required int MostBuyers { get; init; }

    internal static Setup Of(ShopOptions options, ShopInstances instances) => new()
    {
        Instances = [.. instances.All.Select(instance => new SetupInstance(instance.Name, instance.Address, instance.Id))],
        Lock = options.Lock switch
        {
            LockKind.Files => "a lock file",
            LockKind.Redis => "Redis",
            LockKind.MySql => "MySQL or MariaDB",
            LockKind.Postgres => "PostgreSQL",
            LockKind.Etcd => "etcd",
            _ => "SQLite",
        },
        StoppedHolderKeepsLock = options is { Lock: LockKind.Files, StopsProcess: true },
        Database = options.Database switch
        {
            DatabaseKind.MySql => "MySQL or MariaDB",
            DatabaseKind.Postgres => "PostgreSQL",
            _ => "SQLite",
        },
        TimeToLiveSeconds = options.TimeToLive.TotalSeconds,
        StopsProcess = options.StopsProcess,
        Seats = SeatMap.Seats,
        Orders = OrderBook.Orders,
        PaymentCents = OrderBook.PaymentCents,
        FewestBuyers = SaleRequest.FewestBuyers,
        MostBuyers = SaleRequest.MostBuyers,
    };
}

/// <summary>An instance, as the page names it.</summary>
internal sealed record SetupInstance(string Name, Uri Address, int ProcessId);
