using DistributedLocking.Providers;
using DistributedLocking.Redis.Tests.Doubles;

namespace DistributedLocking.Redis.Tests.Commands;

/// <summary>Calls that wait to be sent in a batch, for which a starved pool has no thread yet.</summary>
[Collection(nameof(StarvedPool))]
public sealed class UnsentCallTests(SharedRedis redis)
{
    [Fact]
    public async Task A_call_that_is_given_up_before_it_is_sent_never_is()
    {
        await using var locks = ProviderUnderTest.On(redis.Server, inBatches: true);
        await using var wire = await redis.Server.ConnectAsync();
        await locks.AcquireAsync("orders", "before");
        await locks.ReleaseAsync("orders", "before");
        var mark = await wire.SendAsync("GET", locks.FenceName("orders"));
        Task<AcquireReply>? call = null;
        Task<bool>? release = null;

        StarvedPool.Run(() =>
        {
            using var cancellation = new CancellationTokenSource();
            call = locks.Provider.TryAcquireAsync(ProviderUnderTest.Request("orders", "a"), cancellation.Token).AsTask();
            cancellation.Cancel();
            release = locks.ReleaseAsync("orders", "a").AsTask();
        });

        await Should.ThrowAsync<OperationCanceledException>(call!);
        (await release!).ShouldBeFalse("there was nothing to release");
        (await wire.SendAsync("GET", locks.FenceName("orders"))).ShouldBe(mark, "no token was given");
        (await wire.SendAsync("EXISTS", locks.LockName("orders"))).ShouldBe("0");
    }
}
