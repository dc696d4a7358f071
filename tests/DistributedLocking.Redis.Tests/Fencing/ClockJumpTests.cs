using System.Globalization;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Tests.Doubles;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Fencing;

/// <summary>
/// A server whose clock jumps ahead by two minutes and is set back later. Seen from outside, a lease ends early, and
/// the mark then is ahead of the clock.
/// </summary>
public sealed class ClockJumpTests(SharedRedis redis)
{
    private const long Jump = 120_000_000;

    [Fact]
    public async Task Both_believe_that_they_hold_the_lock_and_tokens_and_guard_tell_them_apart()
    {
        await using var one = ProviderUnderTest.On(redis.Server);
        await using var two = one.Sibling(redis.Server);
        using var client = await ConnectionMultiplexer.ConnectAsync(redis.Server.Address);
        var database = client.GetDatabase();
        RedisKey resource = one.KeyPrefix + "resource";
        var first = await one.AcquireAsync("orders", "a");

        await database.KeyExpireAsync(one.LockName("orders"), TimeSpan.Zero);
        await database.StringSetAsync(one.FenceName("orders"), first.FencingToken + Jump);
        var second = await two.AcquireAsync("orders", "b");

        second.FencingToken.ShouldBeGreaterThan(first.FencingToken + Jump);
        (await database.StringGetFencedAsync(resource, second.FencingToken)).IsNull.ShouldBeTrue();
        await Should.ThrowAsync<StaleFencingTokenException>(() => database.StringSetFencedAsync(resource, "late", first.FencingToken));
        (await one.RenewAsync("orders", "a")).Outcome.ShouldBe(RenewalOutcome.Lost);

        // The clock is right again, and the mark goes on from where it is.
        (await two.ReleaseAsync("orders", "b")).ShouldBeTrue();
        var third = await one.AcquireAsync("orders", "c");
        third.FencingToken.ShouldBe(second.FencingToken + 1);
        await database.StringSetFencedAsync(resource, third.FencingToken.ToString(CultureInfo.InvariantCulture), third.FencingToken);
    }
}
