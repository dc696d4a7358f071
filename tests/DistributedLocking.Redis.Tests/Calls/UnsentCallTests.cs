using DistributedLocking.Providers;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Redis.Tests.Calls;

/// <summary>Calls that wait to be sent in a batch, for which a starved pool has no thread yet.</summary>
[Collection(nameof(StarvedPool))]
public sealed class UnsentCallTests(SharedRedis redis)
{
    [Fact]
    public async Task Calls_that_wait_to_be_sent_share_a_command_and_what_is_done_so_is_not_asked_for_again()
    {
        // Four go by themselves, the rest in batches of 64.
        const int Many = 132, Commands = 4 + 2;
        string[] keys = [.. Enumerable.Range(0, Many).Select(i => $"orders-{i}")];
        await using var server = await RedisServer.StartAsync();
        await using var locks = ProviderUnderTest.On(server, options => options.CommandTimeout = Eventually.Bound);
        await using var others = locks.Sibling(server);

        // The first round makes the scripts known, and has the buckets' first tokens, which a batch leaves to each
        // call.
        await RoundAsync();
        (await RoundAsync()).ShouldBe((Commands, Commands));

        async Task<(long Acquiring, long Releasing)> RoundAsync()
        {
            List<Task<AcquireReply>> acquired = [];
            List<Task<bool>> released = [];
            var start = await CommandStatistics.CountScriptsAsync(server);
            StarvedPool.Run(() => acquired = keys.Select(key => locks.AcquireAsync(key, "a").AsTask()).ToList());
            (await Task.WhenAll(acquired)).Where(reply => reply.IsGranted).Select(reply => reply.FencingToken).Distinct().Count().ShouldBe(Many);
            var acquiring = await CommandStatistics.CountScriptsAsync(server) - start;

            await using var watch = await others.QueueAsync(keys[Many / 2], "b");
            start = await CommandStatistics.CountScriptsAsync(server);
            StarvedPool.Run(() => released = keys.Select(key => locks.ReleaseAsync(key, "a").AsTask()).ToList());
            (await Task.WhenAll(released)).ShouldAllBe(wasHeld => wasHeld);
            (await watch.GrantAsync()).IsGranted.ShouldBeTrue();
            var releasing = await CommandStatistics.CountScriptsAsync(server) - start;

            (await others.ReleaseAsync(keys[Many / 2], "b")).ShouldBeTrue();
            return (acquiring, releasing);
        }
    }

    [Fact]
    public async Task A_call_that_is_given_up_before_it_is_sent_never_is()
    {
        await using var locks = ProviderUnderTest.On(redis.Server, inBatches: true);
        await using var wire = await redis.Server.ConnectAsync();
        await locks.AcquireAsync("orders", "before");
        await locks.ReleaseAsync("orders", "before");
        var mark = await wire.SendAsync("GET", locks.FenceName("orders"));
        ValueTask<AcquireReply> call = default;
        Task<bool>? release = null;

        StarvedPool.Run(() =>
        {
            using var cancellation = new CancellationTokenSource();
            call = locks.Provider.TryAcquireAsync(ProviderUnderTest.Request("orders", "a"), cancellation.Token);
            cancellation.Cancel();
            release = locks.ReleaseAsync("orders", "a").AsTask();
        });

        var error = await Record.ExceptionAsync(async () => await call);
        error.ShouldBeOfType<OperationCanceledException>().InnerException.ShouldBeOfType<DistributedLockUnavailableException>().IsUnsent.ShouldBeTrue();
        (await release!).ShouldBeFalse("there was nothing to release");
        (await wire.SendAsync("GET", locks.FenceName("orders"))).ShouldBe(mark, "no token was given");
        (await wire.SendAsync("EXISTS", locks.LockName("orders"))).ShouldBe("0");
    }
}
