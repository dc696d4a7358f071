using DistributedLocking.Samples.Tests.Databases;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Samples.Tests.TicketShop;

/// <summary>The same shop on what it can be set to.</summary>
public sealed class ShopBackendTests
{
    [Fact]
    public async Task Sells_with_lock_files()
    {
        using var shop = await RunningShop.StartAsync("--lock", "files");

        (await SoldTwiceAsync(shop, "lock", freeze: false)).ShouldBe(0);
        (await SoldTwiceAsync(shop, "lockAndGuard", freeze: true)).ShouldBe(0);
    }

    [Fact]
    public async Task Sells_with_a_lock_in_Redis()
    {
        await using var redis = await RedisServer.GetSharedAsync();
        using var shop = await RunningShop.StartAsync("--lock", "redis", "--redis", redis.Address);

        await ShouldNeedTheGuardAsync(shop);
    }

    [Fact]
    public async Task Sells_with_a_lock_in_etcd()
    {
        await using var etcd = await EtcdServer.StartAsync();
        using var shop = await RunningShop.StartAsync("--lock", "etcd", "--etcd", etcd.Endpoint);

        await ShouldNeedTheGuardAsync(shop);
    }

    [Fact]
    public async Task One_sale_can_be_stopped_instead_of_the_process()
    {
        using var shop = await RunningShop.StartAsync("--stop-one-sale");

        await ShouldNeedTheGuardAsync(shop);
    }

    /// <summary>A lock in a lease, which ends during a freeze.</summary>
    internal static async Task ShouldNeedTheGuardAsync(RunningShop shop)
    {
        (await SoldTwiceAsync(shop, "none", freeze: false)).ShouldBeGreaterThan(0);
        (await SoldTwiceAsync(shop, "lockAndGuard", freeze: false)).ShouldBe(0);
        (await SoldTwiceAsync(shop, "lock", freeze: true)).ShouldBe(1);
        (await SoldTwiceAsync(shop, "lockAndGuard", freeze: true)).ShouldBe(0);
    }

    private static async Task<long> SoldTwiceAsync(RunningShop shop, string protection, bool freeze)
    {
        var sale = await shop.SellAsync(protection, freeze);
        sale.GetProperty("errors").GetInt32().ShouldBe(0, sale.ToString());
        sale.GetProperty("refused").GetInt32().ShouldBeLessThanOrEqualTo(freeze ? 1 : 0);
        return sale.GetProperty("soldTwice").GetInt64();
    }
}

/// <summary>Lock and data on a database server.</summary>
public abstract class ShopDatabaseTests(DatabaseFixture database)
{
    [Fact]
    public async Task Sells_with_lock_and_data_on_the_server()
    {
        using var shop = await RunningShop.StartAsync("--lock", database.Name, "--database", database.Name, $"--{database.Name}", database.Server.ConnectionString);

        await ShopBackendTests.ShouldNeedTheGuardAsync(shop);
        (await shop.PayAsync("lockAndGuard", freeze: true)).GetProperty("lostCents").GetInt64().ShouldBe(0);
    }
}

[Collection<MySqlGroup>]
public sealed class ShopOnMySqlTests(MySqlFixture database) : ShopDatabaseTests(database);

[Collection<PostgreSqlGroup>]
public sealed class ShopOnPostgreSqlTests(PostgreSqlFixture database) : ShopDatabaseTests(database);
