using System.Globalization;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;

namespace DistributedLocking.Redis.Tests.Fencing;

/// <summary>
/// A server whose fencing mark is behind a token that this process has seen: it may have forgotten locks, too.
/// </summary>
public sealed class ForgettingServerTests(SharedRedis redis)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_grants_nothing_for_a_time_to_live_whoever_asks(bool inBatches)
    {
        await using var locks = ProviderUnderTest.On(redis.Server, inBatches: inBatches);
        await using var newcomer = locks.Sibling(redis.Server, inBatches: inBatches);
        await using var wire = await redis.Server.ConnectAsync();
        var before = await locks.AcquireAsync("orders", "a");
        await wire.SendAsync("DEL", locks.LockName("orders"), locks.FenceName("orders"));

        await ShouldBeRefusedAsync(() => locks.AcquireAsync("orders", "b", TimeSpan.FromHours(1)));

        (await wire.SendAsync("EXISTS", locks.LockName("orders"))).ShouldBe("0");
        await ShouldBeRefusedAsync(() => newcomer.AcquireAsync("orders", "c"));
        (await wire.SendAsync("GET", locks.FenceName("orders")))!.ShouldStartWith($"{before.FencingToken}/");
    }

    [Fact]
    public async Task After_it_locks_are_granted_again_with_larger_tokens()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();
        await locks.AcquireAsync("orders", "a");

        // A clock far ahead, which is back where it was.
        await wire.SendAsync("SET", locks.FenceName("orders"), "9007199254740993");
        var before = await locks.AcquireAsync("orders", "a");
        await wire.SendAsync("DEL", locks.LockName("orders"), locks.FenceName("orders"));
        var lease = TimeSpan.FromMilliseconds(200);
        await ShouldBeRefusedAsync(() => locks.AcquireAsync("orders", "b", lease));

        await Eventually.BecomesTrueAsync(
            async () =>
            {
                try
                {
                    return (await locks.AcquireAsync("orders", "b", lease)).IsGranted;
                }
                catch (DistributedLockUnavailableException)
                {
                    return false;
                }
            },
            "the time was over");

        var newest = long.Parse((await wire.SendAsync("GET", locks.FenceName("orders")))!, CultureInfo.InvariantCulture);
        newest.ShouldBeGreaterThan(before.FencingToken);
        await locks.ReleaseAsync("orders", "b");
        (await locks.AcquireAsync("orders", "c")).FencingToken.ShouldBe(newest + 1);
    }

    [Fact]
    public async Task What_it_still_knows_to_be_held_is_renewed_and_released_and_what_it_does_not_know_is_lost()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();
        await locks.AcquireAsync("orders", "a");
        await wire.SendAsync("SET", locks.FenceName("orders"), "1");

        await ShouldBeRefusedAsync(() => locks.AcquireAsync("orders", "a"));

        (await locks.RenewAsync("orders", "a")).Outcome.ShouldBe(RenewalOutcome.Renewed);
        (await locks.ReleaseAsync("orders", "a")).ShouldBeTrue();
        (await locks.RenewAsync("orders", "a")).Outcome.ShouldBe(RenewalOutcome.Lost);
    }

    [Fact]
    public async Task A_word_of_a_grant_is_seen_too()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var other = locks.Sibling(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();
        await other.AcquireAsync("orders", "a");
        await using var watch = await locks.QueueAsync("orders", "b");
        await other.ReleaseAsync("orders", "a");
        var grant = await watch.GrantAsync();
        await locks.ReleaseAsync("orders", "b");
        await wire.SendAsync("SET", locks.FenceName("orders"), (grant.FencingToken + grant.Tokens - 2).ToString(CultureInfo.InvariantCulture));

        await ShouldBeRefusedAsync(() => locks.AcquireAsync("orders", "c"));
    }

    [Fact]
    public async Task A_release_hands_nothing_on_meanwhile()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();
        await locks.AcquireAsync("orders", "a");
        await using var watch = await locks.QueueAsync("orders", "b");
        await wire.SendAsync("SET", locks.FenceName("orders"), "1/9007199254740993");

        (await locks.ReleaseAsync("orders", "a")).ShouldBeTrue();

        (await wire.SendAsync("EXISTS", locks.LockName("orders"))).ShouldBe("0");
    }

    private static async Task ShouldBeRefusedAsync(Func<ValueTask<AcquireReply>> acquire)
    {
        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await acquire());
        error.IsTransient.ShouldBeTrue();
        error.Message.ShouldContain("FORGOT");
    }
}
