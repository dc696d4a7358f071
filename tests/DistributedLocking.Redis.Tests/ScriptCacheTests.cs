using DistributedLocking.Providers;
using DistributedLocking.Redis.Tests.Doubles;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests;

public sealed class ScriptCacheTests(SharedRedis redis)
{
    [Fact]
    public async Task Everything_works_with_the_script_cache_flushed_between_every_two_steps()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();

        for (var i = 0; i < 3; i++)
        {
            await wire.SendAsync("SCRIPT", "FLUSH");
            (await locks.AcquireAsync("orders", "a")).IsGranted.ShouldBeTrue();
            await wire.SendAsync("SCRIPT", "FLUSH");
            (await locks.AcquireAsync("orders", "b")).IsGranted.ShouldBeFalse();
            await wire.SendAsync("SCRIPT", "FLUSH");
            (await locks.RenewAsync("orders", "a")).Outcome.ShouldBe(RenewalOutcome.Renewed);
            await wire.SendAsync("SCRIPT", "FLUSH");
            (await locks.ReleaseAsync("orders", "a")).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task A_batch_is_renewed_with_a_flushed_script_cache()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();
        for (var i = 0; i < 50; i++)
        {
            await locks.AcquireAsync($"key-{i}", "a", TimeSpan.FromSeconds(10));
        }

        await wire.SendAsync("SCRIPT", "FLUSH");
        var batch = Enumerable.Range(0, 51).Select(i => new RenewalRequest(new LeaseReference($"key-{i}", "a"), ProviderUnderTest.Minute)).ToList();
        var replies = await locks.Provider.RenewAsync(batch, TestContext.Current.CancellationToken);

        replies.Take(50).ShouldAllBe(reply => reply.Outcome == RenewalOutcome.Renewed);
        replies[50].Outcome.ShouldBe(RenewalOutcome.Lost);
    }

    [Fact]
    public async Task Fenced_writes_and_reads_work_with_a_flushed_script_cache()
    {
        await using var wire = await redis.Server.ConnectAsync();
        using var multiplexer = await ConnectionMultiplexer.ConnectAsync(redis.Server.Address);
        var database = multiplexer.GetDatabase();

        await wire.SendAsync("SCRIPT", "FLUSH");
        await database.StringSetFencedAsync("script-cache-resource", "one", 5);
        await wire.SendAsync("SCRIPT", "FLUSH");
        await Should.ThrowAsync<StaleFencingTokenException>(() => database.StringSetFencedAsync("script-cache-resource", "zero", 4));
        await wire.SendAsync("SCRIPT", "FLUSH");
        ((string?)await database.StringGetFencedAsync("script-cache-resource", 6)).ShouldBe("one");

        (await wire.SendAsync("GET", "script-cache-resource")).ShouldBe("one");
        await wire.SendAsync("DEL", "script-cache-resource", "{script-cache-resource}:fence");
    }
}
