using DistributedLocking.Providers;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.Redis.Tests.LeastPrivilege;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Redis.Tests.Modes;

/// <summary>Reader-writer locks and semaphores on a Cluster, with replicas, and under users with few rights.</summary>
public sealed class SharedTopologyTests
{
    private const int Reader = SharedUnderTest.Reader;
    private const int Writer = SharedUnderTest.Writer;

    [Fact]
    public async Task They_work_on_a_cluster()
    {
        await using var server = await ClusterServer.StartAsync();
        await using var locks = ProviderUnderTest.On(server);
        await EveryOperationWorksAsync(locks);
        await ReleaseGrantsToTheNextAsync(locks);
    }

    [Theory]
    [InlineData("recommended")]
    [InlineData("strict")]
    public async Task They_work_under_the_documented_users(string name)
    {
        var user = AclUser.Find(name);
        await using var server = await user.StartServerAsync();
        await using var locks = ProviderUnderTest.On(server, user.Configure);
        await EveryOperationWorksAsync(locks);
        if (user.UseNotifications)
        {
            await ReleaseGrantsToTheNextAsync(locks);
        }
    }

    [Fact]
    public async Task With_replicas_a_grant_counts_when_they_have_it()
    {
        await using var primary = await RedisReplication.StartPrimaryAsync();
        await using var replica = await RedisReplication.StartReplicaAsync(primary);
        await using var wire = await primary.ConnectAsync();
        await using var locks = ProviderUnderTest.On(primary, options =>
        {
            options.MinReplicas = 1;
            options.ReplicaTimeout = Eventually.Bound;
        });
        await EveryOperationWorksAsync(locks);

        replica.Freeze();
        await using var impatient = ProviderUnderTest.On(primary, options =>
        {
            options.KeyPrefix = locks.KeyPrefix;
            options.MinReplicas = 1;
            options.ReplicaTimeout = TimeSpan.FromMilliseconds(200);
        });
        var shared = new SharedUnderTest(impatient, LockMode.Shared);
        await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await shared.AcquireAsync("unconfirmed", Writer));
        (await wire.SendAsync("EXISTS", shared.HoldersName)).ShouldBe("0", "it was taken back");
    }

    private static async Task EveryOperationWorksAsync(ProviderUnderTest locks)
    {
        var shared = new SharedUnderTest(locks, LockMode.Shared);
        (await shared.AcquireAsync("r1", Reader)).IsGranted.ShouldBeTrue();
        var reader = await shared.AcquireAsync("r2", Reader);
        reader.IsGranted.ShouldBeTrue();
        (await shared.AcquireAsync("w", Writer)).IsGranted.ShouldBeFalse();
        (await shared.RenewAsync("r1")).ShouldBe(RenewalOutcome.Renewed);
        (await shared.RenewAsync("w")).ShouldBe(RenewalOutcome.Lost);
        (await shared.ReleaseAsync("r1")).ShouldBeTrue();
        (await shared.ReleaseAsync("r1")).ShouldBeFalse();
        (await shared.AcquireAsync("w", Writer)).IsGranted.ShouldBeFalse();
        (await shared.ReleaseAsync("r2")).ShouldBeTrue();
        (await shared.AcquireAsync("w", Writer)).FencingToken.ShouldBeGreaterThan(reader.FencingToken);
        (await shared.AcquireAsync("r3", Reader)).IsGranted.ShouldBeFalse();
        (await shared.RenewAsync("w")).ShouldBe(RenewalOutcome.Renewed);
        (await shared.AcquireAsync("r3", Reader)).IsGranted.ShouldBeFalse();
        (await shared.ReleaseAsync("w")).ShouldBeTrue();

        var permits = new SharedUnderTest(locks, LockMode.Counted);
        (await permits.AcquireAsync("a", 2)).IsGranted.ShouldBeTrue();
        (await permits.AcquireAsync("b", 2)).IsGranted.ShouldBeTrue();
        (await permits.AcquireAsync("c", 2)).IsGranted.ShouldBeFalse();
        (await permits.RenewAsync("b", TimeSpan.FromMilliseconds(1))).ShouldBe(RenewalOutcome.Renewed);
        await Eventually.BecomesTrueAsync(async () => (await permits.AcquireAsync("c", 2)).IsGranted, "it was granted");
        (await permits.RenewAsync("b")).ShouldBe(RenewalOutcome.Lost);
        (await permits.ReleaseAsync("a")).ShouldBeTrue();
        (await permits.ReleaseAsync("c")).ShouldBeTrue();
    }

    private static async Task ReleaseGrantsToTheNextAsync(ProviderUnderTest locks)
    {
        var shared = new SharedUnderTest(locks, LockMode.Shared);
        await shared.AcquireAsync("w", Writer);
        await using var r1 = await shared.QueueAsync("r1", Reader);
        await using var r2 = await shared.QueueAsync("r2", Reader);
        (await shared.ReleaseAsync("w")).ShouldBeTrue();
        (await r1.GrantAsync()).IsGranted.ShouldBeTrue();
        (await r2.GrantAsync()).IsGranted.ShouldBeTrue();
    }
}
