using System.Text.Json.Nodes;
using DistributedLocking.Etcd.Tests.Doubles;
using DistributedLocking.Providers;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Etcd.Tests.Leases;

public sealed class SharedLeaseTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Locks_with_one_time_to_live_share_a_lease()
    {
        await using var server = await EtcdServer.StartAsync();
        var options = SharedEtcd.Options(server.Endpoint);
        await using var locks = new DistributedLock(new EtcdLockProvider(options), options);

        for (var i = 0; i < 50; i++)
        {
            (await locks.AcquireAsync($"key-{i}", cancellationToken: Cancel)).IsHeld.ShouldBeTrue();
        }

        // And one more for what tells late attempts.
        (await server.CountLeasesAsync()).ShouldBe(2);
    }

    [Fact]
    public async Task A_lock_with_another_time_to_live_moves_to_another_lease_and_back()
    {
        await using var server = await EtcdServer.StartAsync();
        await using var provider = new EtcdLockProvider(SharedEtcd.Options(server.Endpoint));
        var lease = new LeaseReference("key", "owner");
        (await AcquireAsync(provider, lease, TimeSpan.FromSeconds(2))).IsGranted.ShouldBeTrue();

        (await RenewAsync(provider, lease, Minute)).ShouldBe(RenewalOutcome.Renewed);
        await Task.Delay(TimeSpan.FromSeconds(4), TimeProvider.System, Cancel);
        (await RenewAsync(provider, lease, TimeSpan.FromSeconds(2))).ShouldBe(RenewalOutcome.Renewed, "it outlives the lease that it was on");
        await Task.Delay(TimeSpan.FromSeconds(4), TimeProvider.System, Cancel);

        (await RenewAsync(provider, lease, Minute)).ShouldBe(RenewalOutcome.Lost, "it is on that one again, which has ended");
    }

    [Fact]
    public async Task What_an_administrator_takes_away_is_lost()
    {
        await using var server = await EtcdServer.StartAsync();
        var options = SharedEtcd.Options(server.Endpoint);
        await using var provider = new EtcdLockProvider(options);
        LeaseReference[] leases = [new("one", "owner-1"), new("two", "owner-2")];
        foreach (var lease in leases)
        {
            (await AcquireAsync(provider, lease, Minute)).IsGranted.ShouldBeTrue();
        }

        var first = System.Text.Encoding.UTF8.GetBytes(options.KeyPrefix);
        byte[] name = [.. first, 0xFC, .. "one"u8, 0xFE, .. "owner-1"u8];
        await server.CallAsync("/v3/kv/deleterange", new JsonObject { ["key"] = Convert.ToBase64String(name) });

        var replies = await provider.RenewAsync([.. leases.Select(lease => new RenewalRequest(lease, Minute))], Cancel);
        replies.Select(reply => reply.Outcome).ShouldBe([RenewalOutcome.Lost, RenewalOutcome.Renewed]);
    }

    [Fact]
    public async Task A_disposal_gives_up_what_is_held()
    {
        await using var server = await EtcdServer.StartAsync();
        var options = SharedEtcd.Options(server.Endpoint);
        var provider = new EtcdLockProvider(options);
        (await AcquireAsync(provider, new LeaseReference("key", "owner"), Minute)).IsGranted.ShouldBeTrue();

        await provider.DisposeAsync();

        (await server.FindAsync(options.KeyPrefix)).ShouldNotContain(entry => entry.Name.Contains("owner", StringComparison.Ordinal));
    }

    private static ValueTask<AcquireReply> AcquireAsync(EtcdLockProvider provider, LeaseReference lease, TimeSpan timeToLive) =>
        provider.TryAcquireAsync(new AcquireRequest { Key = lease.Key, OwnerId = lease.OwnerId, TimeToLive = timeToLive }, Cancel);

    private static async Task<RenewalOutcome> RenewAsync(EtcdLockProvider provider, LeaseReference lease, TimeSpan timeToLive) =>
        (await provider.RenewAsync([new RenewalRequest(lease, timeToLive)], Cancel))[0].Outcome;
}
