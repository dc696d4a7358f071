using DistributedLocking.Providers;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Topologies;

/// <summary>A real server in Cluster mode, which refuses a script whose keys are in different slots.</summary>
public sealed class ClusterTests
{
    private static readonly string[] Keys = ["orders", "", "}", "{", "{}", "}{x}", "{other}tag", "a{b}c", "{a}{b}", new('k', 300), "ключ"];

    [Fact]
    public async Task Every_operation_works_for_any_key()
    {
        await using var server = await ClusterServer.StartAsync();
        await using var locks = ProviderUnderTest.On(server);
        foreach (var key in Keys)
        {
            var first = await locks.AcquireAsync(key, "a");
            first.IsGranted.ShouldBeTrue();
            (await locks.AcquireAsync(key, "b")).IsGranted.ShouldBeFalse();
            (await locks.RenewAsync(key, "a")).Outcome.ShouldBe(RenewalOutcome.Renewed);
            (await locks.ReleaseAsync(key, "a")).ShouldBeTrue();
            (await locks.AcquireAsync(key, "b")).FencingToken.ShouldBeGreaterThan(first.FencingToken);
        }
    }

    [Fact]
    public async Task Leases_of_different_slots_are_renewed_together()
    {
        await using var server = await ClusterServer.StartAsync();
        await using var locks = ProviderUnderTest.On(server);
        var batch = Keys.Select(key => new RenewalRequest(new LeaseReference(key, "a"), ProviderUnderTest.Minute)).ToList();
        foreach (var key in Keys)
        {
            await locks.AcquireAsync(key, "a");
        }

        (await Task.Run(() => locks.Provider.RenewAsync(batch, TestContext.Current.CancellationToken).AsTask()))
            .ShouldAllBe(reply => reply.Outcome == RenewalOutcome.Renewed);
    }

    [Fact]
    public async Task A_release_wakes_a_waiter()
    {
        await using var server = await ClusterServer.StartAsync();
        await using var locks = ProviderUnderTest.On(server);
        await using var others = locks.Sibling(server);
        (await locks.AcquireAsync("orders", "a")).IsGranted.ShouldBeTrue();
        await using var watch = await others.QueueAsync("orders", "b");

        (await locks.ReleaseAsync("orders", "a")).ShouldBeTrue();

        await watch.WaitAsync(TestContext.Current.CancellationToken).Within();
    }

    [Fact]
    public async Task The_fenced_write_works()
    {
        await using var server = await ClusterServer.StartAsync();
        using var multiplexer = await ConnectionMultiplexer.ConnectAsync(server.Address);
        var database = multiplexer.GetDatabase();

        await database.StringSetFencedAsync("value:42", "new", 2);

        await Should.ThrowAsync<StaleFencingTokenException>(() => database.StringSetFencedAsync("value:42", "old", 1));
        ((string?)await database.StringGetFencedAsync("value:42", 3)).ShouldBe("new");
        await Should.ThrowAsync<StaleFencingTokenException>(() => database.StringSetFencedAsync("value:42", "late", 2));
        ((string?)await database.StringGetAsync("value:42")).ShouldBe("new");
    }
}
