using DistributedLocking.Etcd.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Etcd.Tests.Clusters;

/// <summary>Three members, of which some are away.</summary>
public sealed class ClusterTests
{
    private static readonly AcquireOptions Patient = new() { WaitTimeout = TimeSpan.FromSeconds(60) };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public Task A_lock_outlives_a_leader_that_is_killed() => ShouldOutliveAsync(leader => leader.KillAsync(), leader => leader.RestartAsync());

    [Fact]
    public Task A_lock_outlives_a_leader_that_is_frozen() => ShouldOutliveAsync(
        leader =>
        {
            leader.Freeze();
            return Task.CompletedTask;
        },
        leader =>
        {
            leader.Thaw();
            return Task.CompletedTask;
        });

    [Fact]
    public async Task A_member_that_is_away_costs_one_call()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        var options = SharedEtcd.Options(cluster.Endpoints);
        await using var locks = Lock(options);
        await (await locks.AcquireAsync("key", Patient, Cancel)).DisposeAsync();

        await cluster.Members[0].KillAsync();

        for (var i = 0; i < 5; i++)
        {
            await (await locks.AcquireAsync("key", Patient, Cancel)).DisposeAsync();
        }
    }

    [Fact]
    public async Task Without_a_majority_nothing_is_granted_and_all_goes_on_when_it_is_back()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        var options = SharedEtcd.Options(cluster.Endpoints);
        options.CommandTimeout = TimeSpan.FromSeconds(2);
        await using var locks = Lock(options);
        await (await locks.AcquireAsync("key", Patient, Cancel)).DisposeAsync();
        await cluster.Members[0].KillAsync();
        await cluster.Members[1].KillAsync();

        await Should.ThrowAsync<DistributedLockUnavailableException>(locks.TryAcquireAsync("key", cancellationToken: Cancel).AsTask());

        await Task.WhenAll(cluster.Members[0].RestartAsync(), cluster.Members[1].RestartAsync());
        await (await locks.AcquireAsync("key", Patient, Cancel)).DisposeAsync();
    }

    /// <summary>The lease is long enough for a new leader, and its holder keeps it while another waits.</summary>
    private static async Task ShouldOutliveAsync(Func<EtcdServer, Task> leave, Func<EtcdServer, Task> comeBack)
    {
        await using var cluster = await EtcdCluster.StartAsync();
        var options = SharedEtcd.Options(cluster.Endpoints);
        options.CommandTimeout = TimeSpan.FromSeconds(2);
        options.TimeToLive = TimeSpan.FromSeconds(60);
        await using var one = Lock(options);
        await using var two = Lock(options);
        var held = await one.AcquireAsync("key", Patient, Cancel);
        var waiting = two.AcquireAsync("key", Patient, Cancel).AsTask();

        var leader = await cluster.LeaderAsync();
        await leave(leader);
        await Eventually.BecomesTrueAsync(() => held.CanExtendAsync(Cancel), "the lock was renewed on the members that are left");
        waiting.IsCompleted.ShouldBeFalse();
        var token = held.FencingToken;
        await held.DisposeAsync();
        await using (var next = await waiting)
        {
            next.FencingToken.ShouldBeGreaterThan(token);
        }

        await comeBack(leader);
        await using var last = await one.AcquireAsync("key", Patient, Cancel);
        last.IsHeld.ShouldBeTrue();
    }

    private static DistributedLock Lock(EtcdLockOptions options) => new(new EtcdLockProvider(options), options);
}
