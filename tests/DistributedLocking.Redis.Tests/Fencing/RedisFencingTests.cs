using System.Globalization;
using DistributedLocking.Redis.Fencing;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Fencing;

public sealed class RedisFencingTests(SharedRedis redis) : FencedKeyTest(redis)
{
    [Fact]
    public async Task A_rising_or_equal_token_writes()
    {
        await Database.StringSetFencedAsync(Key, "one", 5);
        await Database.StringSetFencedAsync(Key, "two", 5);
        await Database.StringSetFencedAsync(Key, "three", 6);

        (await Wire.SendAsync("GET", Key)).ShouldBe("three");
        (await Wire.SendAsync("GET", FenceName)).ShouldBe("6");
    }

    [Theory]
    [InlineData(10, 9)]
    [InlineData(1_760_000_000_000_001, 1_760_000_000_000_000)]
    [InlineData(9_007_199_254_740_993, 9_007_199_254_740_992)]
    [InlineData(long.MaxValue, long.MaxValue - 1)]
    [InlineData(long.MaxValue, 1)]
    public async Task A_stale_token_is_refused_and_changes_nothing(long newest, long stale)
    {
        await Database.StringSetFencedAsync(Key, "new", newest);

        var error = await Should.ThrowAsync<StaleFencingTokenException>(() => Database.StringSetFencedAsync(Key, "old", stale, TimeSpan.FromSeconds(10)));

        error.FencingToken.ShouldBe(stale);
        error.NewestToken.ShouldBe(newest);
        (await Wire.SendAsync("GET", Key)).ShouldBe("new");
        (await Wire.SendAsync("PTTL", Key)).ShouldBe("-1");
        (await Wire.SendAsync("GET", FenceName)).ShouldBe(newest.ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_holder_that_lost_its_lock_can_not_overwrite_the_next_ones_value()
    {
        await using var locks = ProviderUnderTest.On(Server);
        var first = await locks.AcquireAsync("orders", "a");
        await Wire.SendAsync("DEL", locks.LockName("orders"));
        var second = await locks.AcquireAsync("orders", "b");
        await Database.StringSetFencedAsync(Key, "second", second.FencingToken);

        await Should.ThrowAsync<StaleFencingTokenException>(() => Database.StringSetFencedAsync(Key, "first", first.FencingToken));

        (await Wire.SendAsync("GET", Key)).ShouldBe("second");
    }

    [Fact]
    public async Task Of_many_writers_the_newest_stays()
    {
        await Task.WhenAll(Enumerable.Range(1, 200).Select(async token =>
        {
            try
            {
                await Database.StringSetFencedAsync(Key, token, token);
            }
            catch (StaleFencingTokenException e)
            {
                e.NewestToken.ShouldBeGreaterThan(token);
            }
        }));

        (await Wire.SendAsync("GET", Key)).ShouldBe("200");
    }

    [Fact]
    public async Task The_value_may_expire_and_the_token_stays()
    {
        await Database.StringSetFencedAsync(Key, "short", 5, TimeSpan.FromMilliseconds(20));
        (await Wire.SendAsync("PTTL", FenceName)).ShouldBe("-1");
        await Eventually.BecomesTrueAsync(async () => await Wire.SendAsync("EXISTS", Key) == "0", "the value expired");

        await Should.ThrowAsync<StaleFencingTokenException>(() => Database.StringSetFencedAsync(Key, "late", 4));
    }

    [Fact]
    public async Task Times_to_live_are_those_of_the_last_write()
    {
        await Database.StringSetFencedAsync(Key, "a", 5, TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(500));
        Milliseconds(await Wire.SendAsync("PTTL", Key)).ShouldBeInRange(30_000, 50_000);
        Milliseconds(await Wire.SendAsync("PTTL", FenceName)).ShouldBeInRange(400_000, 500_000);

        await Database.StringSetFencedAsync(Key, "b", 5);
        (await Wire.SendAsync("PTTL", Key)).ShouldBe("-1");
        (await Wire.SendAsync("PTTL", FenceName)).ShouldBe("-1");
    }

    [Fact]
    public async Task A_token_must_be_remembered_as_long_as_the_value_lives()
    {
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => Database.StringSetFencedAsync(Key, "a", 5, tokenExpiry: TimeSpan.FromSeconds(5)));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(
            () => Database.StringSetFencedAsync(Key, "a", 5, TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(5)));
        (await Wire.SendAsync("EXISTS", Key, FenceName)).ShouldBe("0");
    }

    [Fact]
    public async Task Arguments_are_checked()
    {
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => Database.StringSetFencedAsync(Key, "a", 0));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => Database.StringSetFencedAsync(Key, "a", 1, TimeSpan.Zero));
        await Should.ThrowAsync<ArgumentException>(() => Database.StringSetFencedAsync(Key, RedisValue.Null, 1));
        await Should.ThrowAsync<ArgumentException>(() => Database.StringSetFencedAsync(default, "a", 1));
        await Should.ThrowAsync<ArgumentNullException>(() => ((IDatabase)null!).StringSetFencedAsync(Key, "a", 1));
    }

    [Fact]
    public async Task A_foreign_key_in_the_place_of_the_token_is_an_error_and_nothing_is_written()
    {
        await Wire.SendAsync("RPUSH", FenceName, "item");

        await Should.ThrowAsync<RedisServerException>(() => Database.StringSetFencedAsync(Key, "a", 1));

        (await Wire.SendAsync("EXISTS", Key)).ShouldBe("0");
    }

    [Theory]
    [InlineData("orders:42", "{orders:42}:fence")]
    [InlineData("a{42}b", "a{42}b:tag-fence")]
    [InlineData("{orders:42}", "{orders:42}:tag-fence")]
    [InlineData("a{b", "{a{b}:fence")]
    [InlineData("a}b", "a}b:tag-fence")]
    [InlineData("a{}b", "a{}b:tag-fence")]
    [InlineData("", "{}:fence")]
    public void The_token_of_each_key_has_a_name_of_its_own(string key, string expected) => ((string?)FenceKey.For(key)).ShouldBe(expected);
}
