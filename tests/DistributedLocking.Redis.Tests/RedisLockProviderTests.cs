using System.Globalization;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Scripts;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests;

public sealed class RedisLockProviderTests(SharedRedis redis) : IAsyncLifetime
{
    private ProviderUnderTest _locks = null!;
    private RedisWire _wire = null!;

    public async ValueTask InitializeAsync()
    {
        _locks = ProviderUnderTest.On(redis.Server);
        _wire = await redis.Server.ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _locks.DisposeAsync();
        await _wire.DisposeAsync();
    }

    [Fact]
    public void It_says_what_it_can_do()
    {
        _locks.Provider.Name.ShouldBe("redis");
        _locks.Provider.Capabilities.ShouldBe(
            LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Queue | LockProviderCapabilities.Notification | LockProviderCapabilities.Fencing
            | LockProviderCapabilities.Ordered | LockProviderCapabilities.Shared | LockProviderCapabilities.Counted
            | LockProviderCapabilities.Inspection);
    }

    [Fact]
    public async Task A_free_key_is_granted_for_its_time_to_live()
    {
        var reply = await _locks.AcquireAsync("orders", "a", TimeSpan.FromSeconds(50));

        reply.IsGranted.ShouldBeTrue();
        reply.Offer.ShouldBeNull();
        (await _wire.SendAsync("GET", _locks.LockName("orders"))).ShouldBe("a");
        (await TimeToLiveAsync("orders")).ShouldBeInRange(30_000, 50_000);
    }

    [Fact]
    public async Task A_held_key_is_refused_with_the_rest_of_the_lease()
    {
        await _locks.AcquireAsync("orders", "a", TimeSpan.FromSeconds(50));

        var reply = await _locks.AcquireAsync("orders", "b");

        reply.IsGranted.ShouldBeFalse();
        reply.HolderExpiresIn!.Value.ShouldBeInRange(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(50));
        (await _wire.SendAsync("GET", _locks.LockName("orders"))).ShouldBe("a");
    }

    [Fact]
    public async Task A_key_that_somebody_else_keeps_for_ever_is_held_with_no_known_end()
    {
        await _wire.SendAsync("SET", _locks.LockName("orders"), "another program's lock");

        var reply = await _locks.AcquireAsync("orders", "a");

        reply.ShouldBe(AcquireReply.NotGranted());
    }

    [Fact]
    public async Task The_owner_that_asks_again_is_granted_again_with_a_larger_token_and_a_full_lease()
    {
        var first = await _locks.AcquireAsync("orders", "a", TimeSpan.FromSeconds(5));

        var again = await _locks.AcquireAsync("orders", "a", TimeSpan.FromSeconds(50));

        again.IsGranted.ShouldBeTrue();
        again.FencingToken.ShouldBeGreaterThan(first.FencingToken);
        (await TimeToLiveAsync("orders")).ShouldBeGreaterThan(10_000);
    }

    [Fact]
    public async Task A_lease_that_is_not_renewed_ends_by_itself()
    {
        await _locks.AcquireAsync("orders", "a", TimeSpan.FromMilliseconds(30));

        await Eventually.BecomesTrueAsync(async () => (await _locks.AcquireAsync("orders", "b")).IsGranted, "the lease ended");

        (await _locks.RenewAsync("orders", "a")).Outcome.ShouldBe(RenewalOutcome.Lost);
        (await _locks.ReleaseAsync("orders", "a")).ShouldBeFalse();
        (await _wire.SendAsync("GET", _locks.LockName("orders"))).ShouldBe("b");
    }

    [Fact]
    public async Task Release_is_for_the_owner_only_and_frees_the_key()
    {
        await _locks.AcquireAsync("orders", "a");

        (await _locks.ReleaseAsync("orders", "b")).ShouldBeFalse();
        (await _locks.AcquireAsync("orders", "b")).IsGranted.ShouldBeFalse();
        (await _locks.ReleaseAsync("orders", "a")).ShouldBeTrue();
        (await _locks.ReleaseAsync("orders", "a")).ShouldBeFalse();
        (await _locks.AcquireAsync("orders", "b")).IsGranted.ShouldBeTrue();
    }

    [Fact]
    public async Task Renewal_is_for_the_owner_only_and_never_acquires()
    {
        await _locks.AcquireAsync("orders", "a", TimeSpan.FromSeconds(20));

        (await _locks.RenewAsync("orders", "b", TimeSpan.FromSeconds(90))).Outcome.ShouldBe(RenewalOutcome.Lost);
        (await TimeToLiveAsync("orders")).ShouldBeLessThanOrEqualTo(20_000);
        (await _locks.RenewAsync("orders", "a", TimeSpan.FromSeconds(90))).Outcome.ShouldBe(RenewalOutcome.Renewed);
        (await TimeToLiveAsync("orders")).ShouldBeInRange(60_000, 90_000);
        (await _locks.RenewAsync("free", "a")).Outcome.ShouldBe(RenewalOutcome.Lost);
        (await _wire.SendAsync("EXISTS", _locks.LockName("free"))).ShouldBe("0");
    }

    [Fact]
    public async Task Renewals_of_a_batch_are_answered_in_their_order()
    {
        const int Count = 500;
        for (var i = 0; i < Count; i += 2)
        {
            await _locks.AcquireAsync($"key-{i}", "a");
        }

        var batch = Enumerable.Range(0, Count).Select(i => new RenewalRequest(new LeaseReference($"key-{i}", "a"), ProviderUnderTest.Minute)).ToList();
        var replies = await _locks.Provider.RenewAsync(batch, TestContext.Current.CancellationToken);

        replies.Select(reply => reply.Outcome).ShouldBe(
            Enumerable.Range(0, Count).Select(i => i % 2 == 0 ? RenewalOutcome.Renewed : RenewalOutcome.Lost));
    }

    [Fact]
    public async Task An_empty_batch_is_answered_by_nothing() =>
        (await _locks.Provider.RenewAsync([], TestContext.Current.CancellationToken)).ShouldBeEmpty();

    [Fact]
    public async Task A_time_to_live_is_rounded_up_to_the_millisecond()
    {
        RedisTime.Milliseconds(TimeSpan.FromTicks(10_001)).ShouldBe(2);
        RedisTime.Milliseconds(TimeSpan.FromTicks(10_000)).ShouldBe(1);
        (await _locks.AcquireAsync("long", "a", TimeSpan.FromDays(24))).IsGranted.ShouldBeTrue();
        (await TimeToLiveAsync("long")).ShouldBeGreaterThan((long)TimeSpan.FromDays(23.9).TotalMilliseconds);
    }

    [Fact]
    public async Task Tokens_follow_the_servers_clock_in_microseconds()
    {
        var before = await ServerMicrosecondsAsync();
        var token = (await _locks.AcquireAsync("orders", "a")).FencingToken;
        var after = await ServerMicrosecondsAsync();

        token.ShouldBeInRange(before, after);
    }

    [Fact]
    public async Task Tokens_rise_through_release_and_expiry()
    {
        var tokens = new List<long>();
        for (var i = 0; i < 20; i++)
        {
            tokens.Add((await _locks.AcquireAsync("orders", "a", TimeSpan.FromMilliseconds(10))).FencingToken);
            if (i % 2 == 0)
            {
                await _locks.ReleaseAsync("orders", "a");
            }
            else
            {
                await _wire.SendAsync("DEL", _locks.LockName("orders"));
            }
        }

        tokens.ShouldBe(tokens.Order().Distinct());
    }

    [Theory]
    [InlineData("4102444800000000")]
    [InlineData("9007199254740993")]
    [InlineData("9223372036854775000")]
    public async Task Tokens_rise_by_one_while_the_mark_is_ahead_of_the_clock(string mark)
    {
        await _wire.SendAsync("SET", _locks.FenceName("orders"), mark);
        var start = long.Parse(mark, CultureInfo.InvariantCulture);

        for (var i = 1; i <= 3; i++)
        {
            (await _locks.AcquireAsync("orders", $"owner-{i}")).FencingToken.ShouldBe(start + i);
            await _locks.ReleaseAsync("orders", $"owner-{i}");
        }

        (await _wire.SendAsync("GET", _locks.FenceName("orders"))).ShouldBe((start + 3).ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task The_mark_is_a_plain_number_and_outlives_the_lock()
    {
        var token = (await _locks.AcquireAsync("orders", "a")).FencingToken;
        await _locks.ReleaseAsync("orders", "a");

        (await _wire.SendAsync("GET", _locks.FenceName("orders"))).ShouldBe(token.ToString(CultureInfo.InvariantCulture));
        (await _wire.SendAsync("PTTL", _locks.FenceName("orders"))).ShouldBe("-1");
    }

    [Theory]
    [InlineData("a key with spaces  ")]
    [InlineData("}starts with a brace")]
    [InlineData("{}")]
    [InlineData("Ümlaut 鍵 🔒")]
    public async Task Any_key_can_be_locked_and_is_told_from_its_likes(string key)
    {
        (await _locks.AcquireAsync(key, "a")).IsGranted.ShouldBeTrue();
        (await _locks.AcquireAsync(key + " ", "b")).IsGranted.ShouldBeTrue();
        (await _locks.AcquireAsync(key, "b")).IsGranted.ShouldBeFalse();
        (await _locks.ReleaseAsync(key, "a")).ShouldBeTrue();
    }

    [Fact]
    public async Task Locks_with_another_prefix_do_not_exclude_each_other()
    {
        await using var others = ProviderUnderTest.On(redis.Server);

        (await _locks.AcquireAsync("orders", "a")).IsGranted.ShouldBeTrue();
        (await others.AcquireAsync("orders", "b")).IsGranted.ShouldBeTrue();
    }

    [Fact]
    public async Task Of_many_that_ask_at_once_one_is_granted()
    {
        await using var others = _locks.Sibling(redis.Server);

        var replies = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => (i % 2 == 0 ? _locks : others).AcquireAsync("orders", $"owner-{i}").AsTask()));

        replies.Count(reply => reply.IsGranted).ShouldBe(1);
    }

    [Fact]
    public async Task An_unknown_mode_is_refused()
    {
        var request = ProviderUnderTest.Request("orders", "a") with { Mode = (LockMode)17 };

        await Should.ThrowAsync<NotSupportedException>(async () => await _locks.Provider.TryAcquireAsync(request, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_database_is_the_one_that_the_options_name()
    {
        await using var other = ProviderUnderTest.On(redis.Server, options =>
        {
            options.Database = 3;
            options.KeyPrefix = _locks.KeyPrefix;
        });

        await _locks.AcquireAsync("orders", "a");
        (await other.AcquireAsync("orders", "b")).IsGranted.ShouldBeTrue();
        await _wire.SendAsync("SELECT", "3");
        (await _wire.SendAsync("GET", _locks.LockName("orders"))).ShouldBe("b");
    }

    private async Task<long> TimeToLiveAsync(string key) =>
        long.Parse((await _wire.SendAsync("PTTL", _locks.LockName(key)))!, CultureInfo.InvariantCulture);

    private async Task<long> ServerMicrosecondsAsync()
    {
        var parts = (await _wire.SendAsync("TIME"))!.Split('\n');
        return (long.Parse(parts[0], CultureInfo.InvariantCulture) * 1_000_000) + long.Parse(parts[1], CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_caller_that_blocks_the_thread_it_is_resumed_on_holds_up_no_other_command(bool isConnectionGiven)
    {
        using var given = isConnectionGiven ? await ConnectionMultiplexer.ConnectAsync(redis.Server.Address) : null;
        await using var locks = ProviderUnderTest.On(redis.Server, given: given);

        // The test's own thread would lead continuations away from where the client runs them.
        await Task.Run(
            async () =>
            {
                for (var i = 0; i < 20; i++)
                {
                    var key = $"orders-{i}";
                    await locks.AcquireAsync(key, "a");
#pragma warning disable VSTHRD103, VSTHRD002, xUnit1031 // Blocking is what this is about.
                    locks.ReleaseAsync(key, "a").AsTask().Wait(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken).ShouldBeTrue();
#pragma warning restore VSTHRD103, VSTHRD002, xUnit1031
                }
            },
            TestContext.Current.CancellationToken);
    }
}
