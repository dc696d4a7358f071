using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Redis.Tests.Topologies;

/// <summary>
/// Three Sentinels over a primary and a replica. A primary that was killed comes back empty, and for some ten seconds
/// the client sends it commands.
/// </summary>
public sealed class SentinelTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_primary_that_comes_back_without_its_data_grants_nothing_that_is_held()
    {
        await using var group = await SentinelGroup.StartAsync();
        await using var one = Lock(group);
        await using var two = Lock(group);
        await using (await two.AcquireAsync("orders", Cancellation))
        {
            // It has seen a token, as any process has that used the lock before.
        }

        await using var held = await one.AcquireAsync("orders", Cancellation);
        await group.Primary.KillAsync();
        await group.FailedOverAsync();
        await Eventually.BecomesTrueAsync(() => AnswersAsync(two), "the new primary was found");

        await group.Primary.RestartAsync();
        var (granted, refused) = (0, 0);
        for (var isDemoted = false; !isDemoted && held.IsHeld;)
        {
            isDemoted = await group.IsDemotedAsync();
            try
            {
                await using var second = await two.TryAcquireAsync("orders", Cancellation);
                granted += second is { IsHeld: true } && held.IsHeld ? 1 : 0;
            }
            catch (DistributedLockUnavailableException)
            {
                refused++;
            }
        }

        granted.ShouldBe(0, $"{refused} were refused");
    }

    // A renewal would tell the holder of its loss, and end the test early.
    private static DistributedLock Lock(SentinelGroup group)
    {
        var options = new RedisLockOptions { Configuration = group.Configuration, TimeToLive = TimeSpan.FromMinutes(2), RenewalInterval = TimeSpan.FromSeconds(40) };
        return new DistributedLock(new RedisLockProvider(options), options);
    }

    private static async Task<bool> AnswersAsync(DistributedLock locks)
    {
        try
        {
            return await locks.TryAcquireAsync("orders", Cancellation) is null;
        }
        catch (DistributedLockUnavailableException)
        {
            return false;
        }
    }
}
