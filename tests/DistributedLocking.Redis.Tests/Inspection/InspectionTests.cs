using DistributedLocking.Providers;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.Redis.Tests.LeastPrivilege;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Redis.Tests.Inspection;

/// <summary>Who holds what, under the documented users and on a Cluster.</summary>
public sealed class InspectionTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_recommended_user_finds_and_takes_away_and_lists_once_it_may_scan()
    {
        await using var server = await AclUser.Recommended.StartServerAsync();
        await using var admin = await AclUser.AdminAsync(server);
        await using var locks = ProviderUnderTest.On(server, AclUser.Recommended.Configure);
        await locks.AcquireAsync("orders", "host:1:a");
        var inspection = locks.Provider.Inspection;

        var holder = (await inspection.FindAsync("orders", Cancel)).ShouldHaveSingleItem();
        holder.ProcessId.ShouldBe(1);
        holder.TimeLeft.ShouldNotBeNull();
        holder.Waiting.ShouldBe(0);
        (await Should.ThrowAsync<DistributedLockUnavailableException>(ListAsync(inspection))).IsTransient.ShouldBeFalse();

        await admin.SendAsync("ACL", "SETUSER", AclUser.Recommended.Name, "+scan");
        (await ListAsync(inspection)).ShouldHaveSingleItem().Key.ShouldBe("orders");
        (await inspection.ForceReleaseAsync(holder, Cancel)).ShouldBeTrue();
        (await locks.RenewAsync("orders", "host:1:a")).Outcome.ShouldBe(RenewalOutcome.Lost);
    }

    [Fact]
    public async Task To_look_changes_nothing_in_the_server()
    {
        await using var server = await RedisServer.StartAsync();
        await using var wire = await server.ConnectAsync();
        await using var locks = ProviderUnderTest.On(server);
        await locks.AcquireAsync("orders", "a");
        var before = await wire.SendAsync("DBSIZE");

        await locks.Provider.Inspection.FindAsync("orders", Cancel);
        await locks.Provider.Inspection.FindAsync("free", Cancel);
        await ListAsync(locks.Provider.Inspection);

        (await wire.SendAsync("DBSIZE")).ShouldBe(before);
    }

    [Fact]
    public async Task Each_primary_of_a_Cluster_is_asked()
    {
        await using var cluster = await RedisCluster.StartAsync();
        await using var locks = ProviderUnderTest.On(cluster.Primaries[0]);
        string[] keys = [.. Enumerable.Range(0, 60).Select(i => $"orders:{i}")];
        foreach (var key in keys)
        {
            (await locks.AcquireAsync(key, "a")).IsGranted.ShouldBeTrue();
        }

        (await ListAsync(locks.Provider.Inspection)).Select(holder => holder.Key).ShouldBe(keys, ignoreOrder: true);
    }

    private static async Task<List<LockHolder>> ListAsync(ILockInspection inspection)
    {
        List<LockHolder> holders = [];
        await foreach (var holder in inspection.ListAsync("", Cancel))
        {
            holders.Add(holder);
        }

        return holders;
    }
}
