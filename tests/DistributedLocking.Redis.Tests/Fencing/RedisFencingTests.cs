using System.Globalization;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestServers;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Fencing;

public sealed class RedisFencingTests(SharedRedis redis) : IAsyncLifetime
{
    private readonly string _key = $"fenced-{System.Security.Cryptography.RandomNumberGenerator.GetHexString(12)}";
    private ConnectionMultiplexer _multiplexer = null!;
    private RedisWire _wire = null!;

    private IDatabase Database => _multiplexer.GetDatabase();

    private string FenceName => $"{{{_key}}}:fence";

    public async ValueTask InitializeAsync()
    {
        _multiplexer = await ConnectionMultiplexer.ConnectAsync(redis.Server.Address);
        _wire = await redis.Server.ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _wire.SendAsync("DEL", _key, FenceName);
        await _wire.DisposeAsync();
        _multiplexer.Dispose();
    }

    [Fact]
    public async Task A_rising_or_equal_token_writes()
    {
        await Database.StringSetFencedAsync(_key, "one", 5);
        await Database.StringSetFencedAsync(_key, "two", 5);
        await Database.StringSetFencedAsync(_key, "three", 6);

        (await _wire.SendAsync("GET", _key)).ShouldBe("three");
        (await _wire.SendAsync("GET", FenceName)).ShouldBe("6");
    }

    [Theory]
    [InlineData(10, 9)]
    [InlineData(1_760_000_000_000_001, 1_760_000_000_000_000)]
    [InlineData(9_007_199_254_740_993, 9_007_199_254_740_992)]
    [InlineData(long.MaxValue, long.MaxValue - 1)]
    [InlineData(long.MaxValue, 1)]
    public async Task A_stale_token_is_refused_and_changes_nothing(long newest, long stale)
    {
        await Database.StringSetFencedAsync(_key, "new", newest);

        var error = await Should.ThrowAsync<StaleFencingTokenException>(() => Database.StringSetFencedAsync(_key, "old", stale, TimeSpan.FromSeconds(10)));

        error.FencingToken.ShouldBe(stale);
        error.NewestToken.ShouldBe(newest);
        (await _wire.SendAsync("GET", _key)).ShouldBe("new");
        (await _wire.SendAsync("PTTL", _key)).ShouldBe("-1");
        (await _wire.SendAsync("GET", FenceName)).ShouldBe(newest.ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_holder_that_lost_its_lock_can_not_overwrite_the_next_ones_value()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        var first = await locks.AcquireAsync("orders", "a");
        await _wire.SendAsync("DEL", locks.LockName("orders"));
        var second = await locks.AcquireAsync("orders", "b");
        await Database.StringSetFencedAsync(_key, "second", second.FencingToken);

        await Should.ThrowAsync<StaleFencingTokenException>(() => Database.StringSetFencedAsync(_key, "first", first.FencingToken));

        (await _wire.SendAsync("GET", _key)).ShouldBe("second");
    }

    [Fact]
    public async Task Of_many_writers_the_newest_stays()
    {
        await Task.WhenAll(Enumerable.Range(1, 200).Select(async token =>
        {
            try
            {
                await Database.StringSetFencedAsync(_key, token, token);
            }
            catch (StaleFencingTokenException e)
            {
                e.NewestToken.ShouldBeGreaterThan(token);
            }
        }));

        (await _wire.SendAsync("GET", _key)).ShouldBe("200");
    }

    [Fact]
    public async Task The_value_may_expire_and_the_token_stays()
    {
        await Database.StringSetFencedAsync(_key, "short", 5, TimeSpan.FromMilliseconds(20));
        (await _wire.SendAsync("PTTL", FenceName)).ShouldBe("-1");
        await Eventually.BecomesTrueAsync(async () => await _wire.SendAsync("EXISTS", _key) == "0", "the value expired");

        await Should.ThrowAsync<StaleFencingTokenException>(() => Database.StringSetFencedAsync(_key, "late", 4));
    }

    [Fact]
    public async Task Times_to_live_are_those_of_the_last_write()
    {
        await Database.StringSetFencedAsync(_key, "a", 5, TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(500));
        Milliseconds(await _wire.SendAsync("PTTL", _key)).ShouldBeInRange(30_000, 50_000);
        Milliseconds(await _wire.SendAsync("PTTL", FenceName)).ShouldBeInRange(400_000, 500_000);

        await Database.StringSetFencedAsync(_key, "b", 5);
        (await _wire.SendAsync("PTTL", _key)).ShouldBe("-1");
        (await _wire.SendAsync("PTTL", FenceName)).ShouldBe("-1");
    }

    [Fact]
    public async Task A_token_must_be_remembered_as_long_as_the_value_lives()
    {
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => Database.StringSetFencedAsync(_key, "a", 5, tokenExpiry: TimeSpan.FromSeconds(5)));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(
            () => Database.StringSetFencedAsync(_key, "a", 5, TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(5)));
        (await _wire.SendAsync("EXISTS", _key, FenceName)).ShouldBe("0");
    }

    [Fact]
    public async Task Arguments_are_checked()
    {
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => Database.StringSetFencedAsync(_key, "a", 0));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => Database.StringSetFencedAsync(_key, "a", 1, TimeSpan.Zero));
        await Should.ThrowAsync<ArgumentException>(() => Database.StringSetFencedAsync(_key, RedisValue.Null, 1));
        await Should.ThrowAsync<ArgumentException>(() => Database.StringSetFencedAsync(default, "a", 1));
        await Should.ThrowAsync<ArgumentNullException>(() => ((IDatabase)null!).StringSetFencedAsync(_key, "a", 1));
    }

    [Fact]
    public async Task A_foreign_key_in_the_place_of_the_token_is_an_error_and_nothing_is_written()
    {
        await _wire.SendAsync("RPUSH", FenceName, "item");

        await Should.ThrowAsync<RedisServerException>(() => Database.StringSetFencedAsync(_key, "a", 1));

        (await _wire.SendAsync("EXISTS", _key)).ShouldBe("0");
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

    private static long Milliseconds(string? text) => long.Parse(text!, CultureInfo.InvariantCulture);
}
