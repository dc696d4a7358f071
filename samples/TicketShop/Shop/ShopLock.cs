using DistributedLocking;
using DistributedLocking.Sql;
using SqliteLock;
using TicketShop.Options;

namespace TicketShop.Shop;

/// <summary>The lock's registration: all that an application does to choose a backend.</summary>
internal static class ShopLock
{
    internal static IServiceCollection AddShopLock(this IServiceCollection services, ShopOptions options) => options.Lock switch
    {
        LockKind.Files => services.AddFileSystemLock(Path.Combine(options.Folder, "locks")),
        LockKind.Redis => services.AddRedisLock(options.Redis),
        LockKind.Etcd => services.AddEtcdLock(options.Etcd.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),

        // Leases: a lock that holds no connection suits many seats at a time.
        LockKind.MySql => services.AddMySqlLock(mysql =>
        {
            mysql.ConnectionString = options.MySql;
            mysql.Mode = SqlLockMode.Lease;
        }),
        LockKind.Postgres => services.AddPostgreSqlLock(postgres =>
        {
            postgres.ConnectionString = options.Postgres;
            postgres.Mode = SqlLockMode.Lease;
        }),
        _ => services.AddSqliteLock(Path.Combine(options.Folder, "locks.db")),
    };

    /// <summary>How long a buyer waits, and for how long a lock is the shop's without being renewed.</summary>
    internal static AcquireOptions Terms(ShopOptions options) => new()
    {
        TimeToLive = options.TimeToLive,

        // Patient enough for a lock whose holder is frozen.
        WaitTimeout = TimeSpan.FromSeconds(20) + (4 * options.TimeToLive),
        Retry = RetryPolicy.Forever(TimeSpan.FromMilliseconds(100)),
    };
}
