using System.Globalization;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Fencing;

/// <summary>A read that shuts out the writers with older tokens.</summary>
public sealed class RedisFencedReadTests(SharedRedis redis) : FencedKeyTest(redis)
{
    [Fact]
    public async Task A_rising_or_equal_token_reads_and_is_noted()
    {
        await Database.StringSetFencedAsync(Key, "one", 5);

        ((string?)await Database.StringGetFencedAsync(Key, 5)).ShouldBe("one");
        (await Wire.SendAsync("GET", FenceName)).ShouldBe("5");
        ((string?)await Database.StringGetFencedAsync(Key, 6)).ShouldBe("one");
        (await Wire.SendAsync("GET", FenceName)).ShouldBe("6");
        (await Wire.SendAsync("GET", Key)).ShouldBe("one");
    }

    [Theory]
    [InlineData(10, 9)]
    [InlineData(9_007_199_254_740_993, 9_007_199_254_740_992)]
    [InlineData(long.MaxValue, 1)]
    public async Task A_stale_token_is_refused_and_changes_nothing(long newest, long stale)
    {
        await Database.StringSetFencedAsync(Key, "new", newest);

        var error = await Should.ThrowAsync<StaleFencingTokenException>(() => Database.StringGetFencedAsync(Key, stale, TimeSpan.FromSeconds(10)));

        error.FencingToken.ShouldBe(stale);
        error.NewestToken.ShouldBe(newest);
        (await Wire.SendAsync("GET", FenceName)).ShouldBe(newest.ToString(CultureInfo.InvariantCulture));
        (await Wire.SendAsync("PTTL", FenceName)).ShouldBe("-1");
    }

    [Fact]
    public async Task Once_the_next_holder_has_read_the_earlier_ones_write_is_refused()
    {
        await using var locks = ProviderUnderTest.On(Server);
        await Database.StringSetFencedAsync(Key, 10, 1);
        var first = await locks.AcquireAsync("orders", "a");
        var seenByFirst = (long)await Database.StringGetFencedAsync(Key, first.FencingToken);
        await Wire.SendAsync("DEL", locks.LockName("orders"));
        var second = await locks.AcquireAsync("orders", "b");
        var seenBySecond = (long)await Database.StringGetFencedAsync(Key, second.FencingToken);

        await Should.ThrowAsync<StaleFencingTokenException>(() => Database.StringSetFencedAsync(Key, seenByFirst + 1, first.FencingToken));
        await Should.ThrowAsync<StaleFencingTokenException>(() => Database.StringGetFencedAsync(Key, first.FencingToken));
        await Database.StringSetFencedAsync(Key, seenBySecond + 5, second.FencingToken);

        (await Wire.SendAsync("GET", Key)).ShouldBe("15");
    }

    [Fact]
    public async Task Of_many_that_count_at_the_same_time_none_loses_an_update()
    {
        var written = 0;
        await Task.WhenAll(Enumerable.Range(1, 200).Select(async token =>
        {
            try
            {
                var number = (long)await Database.StringGetFencedAsync(Key, token);
                await Task.Yield();
                await Database.StringSetFencedAsync(Key, number + 1, token);
                Interlocked.Increment(ref written);
            }
            catch (StaleFencingTokenException e)
            {
                e.NewestToken.ShouldBeGreaterThan(token);
            }
        }));

        written.ShouldBeGreaterThan(0);
        (await Wire.SendAsync("GET", Key)).ShouldBe(written.ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_missing_value_is_null_and_the_token_is_noted()
    {
        (await Database.StringGetFencedAsync(Key, 5)).IsNull.ShouldBeTrue();

        (await Wire.SendAsync("EXISTS", Key)).ShouldBe("0");
        await Should.ThrowAsync<StaleFencingTokenException>(() => Database.StringSetFencedAsync(Key, "late", 4));
    }

    [Fact]
    public async Task An_empty_value_and_bytes_that_are_no_text_come_back()
    {
        byte[] bytes = [0, 255, 13, 10, 254];
        await Database.StringSetFencedAsync(Key, "", 5);
        var empty = await Database.StringGetFencedAsync(Key, 5);
        await Database.StringSetFencedAsync(Key, bytes, 5);

        empty.IsNull.ShouldBeFalse();
        ((string?)empty).ShouldBe("");
        ((byte[]?)await Database.StringGetFencedAsync(Key, 5)).ShouldBe(bytes);
    }

    [Fact]
    public async Task The_tokens_time_to_live_is_that_of_the_last_access_and_the_values_is_left_alone()
    {
        await Database.StringSetFencedAsync(Key, "a", 5, TimeSpan.FromSeconds(500));

        await Database.StringGetFencedAsync(Key, 5, TimeSpan.FromSeconds(5000));
        Milliseconds(await Wire.SendAsync("PTTL", FenceName)).ShouldBeInRange(4_000_000, 5_000_000);
        Milliseconds(await Wire.SendAsync("PTTL", Key)).ShouldBeInRange(100_000, 500_000);

        await Database.StringGetFencedAsync(Key, 6);
        (await Wire.SendAsync("PTTL", FenceName)).ShouldBe("-1");
        Milliseconds(await Wire.SendAsync("PTTL", Key)).ShouldBeInRange(100_000, 500_000);
    }

    [Fact]
    public async Task A_token_that_has_been_forgotten_refuses_nobody()
    {
        await Database.StringGetFencedAsync(Key, 5, TimeSpan.FromMilliseconds(1));
        await Eventually.BecomesTrueAsync(async () => await Wire.SendAsync("EXISTS", FenceName) == "0", "the token was forgotten");

        (await Database.StringGetFencedAsync(Key, 4)).IsNull.ShouldBeTrue();

        (await Wire.SendAsync("GET", FenceName)).ShouldBe("4");
    }

    [Fact]
    public async Task A_value_of_another_type_is_an_error_and_no_token_is_noted()
    {
        await Wire.SendAsync("RPUSH", Key, "item");

        await Should.ThrowAsync<RedisServerException>(() => Database.StringGetFencedAsync(Key, 1));

        (await Wire.SendAsync("EXISTS", FenceName)).ShouldBe("0");
    }

    [Fact]
    public async Task A_foreign_key_in_the_place_of_the_token_is_an_error()
    {
        await Wire.SendAsync("RPUSH", FenceName, "item");

        await Should.ThrowAsync<RedisServerException>(() => Database.StringGetFencedAsync(Key, 1));

        (await Wire.SendAsync("TYPE", FenceName)).ShouldBe("list");
    }

    [Fact]
    public async Task Arguments_are_checked()
    {
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => Database.StringGetFencedAsync(Key, 0));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => Database.StringGetFencedAsync(Key, 1, TimeSpan.Zero));
        await Should.ThrowAsync<ArgumentException>(() => Database.StringGetFencedAsync(default, 1));
        await Should.ThrowAsync<ArgumentNullException>(() => ((IDatabase)null!).StringGetFencedAsync(Key, 1));
    }
}
