using DistributedLocking.Providers;
using DistributedLocking.Redis.Tests.Doubles;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedLocking.Redis.Tests.Modes;

/// <summary>Reader-writer locks of three independent servers.</summary>
public sealed class SharedQuorumTests
{
    private const int Reader = SharedUnderTest.Reader;
    private const int Writer = SharedUnderTest.Writer;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Readers_share_and_writers_do_not_whichever_server_is_away(int away)
    {
        await using var servers = await RedisTrio.StartAsync();
        await using var provider = servers.Provider(options => options.ServerTimeout = TimeSpan.FromSeconds(away < 0 ? 30 : 2));
        (await AskAsync(provider, "first", Reader)).IsGranted.ShouldBeTrue();
        await provider.ReleaseAsync(Lease("first"), Cancellation);
        if (away >= 0)
        {
            servers.Freeze(away);
        }

        try
        {
            var r1 = await AskAsync(provider, "r1", Reader);
            var r2 = await AskAsync(provider, "r2", Reader);
            (r1.IsGranted && r2.IsGranted).ShouldBeTrue();
            (await AskAsync(provider, "w", Writer)).IsGranted.ShouldBeFalse();
            (await RenewAsync(provider, "r1")).ShouldBe(RenewalOutcome.Renewed);
            (await provider.ReleaseAsync(Lease("r1"), Cancellation)).ShouldBeTrue();
            (await AskAsync(provider, "w", Writer)).IsGranted.ShouldBeFalse();
            (await provider.ReleaseAsync(Lease("r2"), Cancellation)).ShouldBeTrue();
            var writer = await AskAsync(provider, "w", Writer);
            writer.FencingToken.ShouldBeGreaterThan(Math.Max(r1.FencingToken, r2.FencingToken));
            (await AskAsync(provider, "r3", Reader)).IsGranted.ShouldBeFalse();
            (await provider.ReleaseAsync(Lease("w"), Cancellation)).ShouldBeTrue();
            (await AskAsync(provider, "r3", Reader)).FencingToken.ShouldBeGreaterThan(writer.FencingToken);
        }
        finally
        {
            servers.Thaw();
        }
    }

    [Fact]
    public async Task A_writer_that_waits_keeps_readers_out_until_it_leaves()
    {
        await using var servers = await RedisTrio.StartAsync();
        await using var provider = servers.Provider();
        (await AskAsync(provider, "r1", Reader)).IsGranted.ShouldBeTrue();
        (await AskAsync(provider, "w", Writer, wait: true)).IsGranted.ShouldBeFalse();
        (await AskAsync(provider, "r2", Reader)).IsGranted.ShouldBeFalse();

        await provider.LeaveAsync(Lease("w"), Cancellation);

        (await AskAsync(provider, "r2", Reader)).IsGranted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_semaphore_is_refused_with_the_reason()
    {
        await using var services = new ServiceCollection()
            .AddRedisLock(options => options.Servers = ["localhost:1", "localhost:2", "localhost:3"])
            .BuildServiceProvider();

        services.GetRequiredService<IDistributedReaderWriterLock>().ShouldNotBeNull();
        var refusal = Should.Throw<NotSupportedException>(() => services.GetRequiredService<IDistributedSemaphore>()).Message;
        refusal.ShouldContain("'redis-quorum'");
        refusal.ShouldContain("three callers could hold two permits");
        refusal.ShouldContain("These have: in memory, files, Redis on one server, with replicas or as a Cluster, PostgreSQL, MySQL and MariaDB, etcd.");
    }

    private static ValueTask<AcquireReply> AskAsync(RedisQuorumLockProvider provider, string owner, int limit, bool wait = false)
    {
        var request = ProviderUnderTest.Request("orders", owner) with
        {
            Mode = LockMode.Shared,
            Limit = limit,
            StoreWait = wait ? Timeout.InfiniteTimeSpan : TimeSpan.Zero,
        };
        return provider.TryAcquireAsync(request, Cancellation);
    }

    private static async Task<RenewalOutcome> RenewAsync(RedisQuorumLockProvider provider, string owner) =>
        (await provider.RenewAsync([new RenewalRequest(Lease(owner), ProviderUnderTest.Minute)], Cancellation))[0].Outcome;

    private static LeaseReference Lease(string owner) => new("orders", owner) { Mode = LockMode.Shared };
}
