using System.Globalization;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Redis.Tests.Queue;

/// <summary>The queue of one lock, seen by several processes, each of which a provider stands for.</summary>
public sealed class QueueTests(SharedRedis redis)
{
    private const long Offer = 2000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_release_grants_the_lock_to_the_first_in_the_queue_and_tells_nobody_else()
    {
        await using var holder = ProviderUnderTest.On(redis.Server);
        await using var one = holder.Sibling(redis.Server);
        await using var two = holder.Sibling(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();
        var held = await holder.AcquireAsync("orders", "a");
        await using var first = await one.QueueAsync("orders", "b");
        await using var second = await two.QueueAsync("orders", "c");

        (await holder.ReleaseAsync("orders", "a")).ShouldBeTrue();

        var grant = await first.GrantAsync();
        grant.FencingToken.ShouldBeGreaterThan(held.FencingToken);
        grant.Offer.ShouldBe(TimeSpan.FromMilliseconds(Offer));
        (await PttlAsync(wire, holder)).ShouldBeInRange(1, Offer);
        (await one.RenewAsync("orders", "b")).Outcome.ShouldBe(RenewalOutcome.Renewed);
        (await PttlAsync(wire, holder)).ShouldBeGreaterThan(Offer);
        (await holder.AcquireAsync("orders", "d")).IsGranted.ShouldBeFalse();

        // Messages arrive in order, so a wrong one would have been there before this one.
        (await one.ReleaseAsync("orders", "b")).ShouldBeTrue();
        (await second.GrantAsync()).FencingToken.ShouldBeGreaterThan(grant.FencingToken);
        (await two.ReleaseAsync("orders", "c")).ShouldBeTrue();
        (await NamesAsync(wire, holder)).ShouldBe([holder.FenceName("orders")]);
    }

    [Fact]
    public async Task Nobody_in_the_queue_is_told_of_a_release_that_did_not_happen()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();
        await locks.AcquireAsync("orders", "a");
        await using var watch = await locks.QueueAsync("orders", "b");

        (await locks.ReleaseAsync("orders", "not the owner")).ShouldBeFalse();
        (await locks.ReleaseAsync("orders", "b")).ShouldBeFalse();

        (await locks.RenewAsync("orders", "a")).Outcome.ShouldBe(RenewalOutcome.Renewed);
        (await locks.RenewAsync("orders", "b")).Outcome.ShouldBe(RenewalOutcome.Lost);
        (await wire.CountPlacesAsync(locks)).ShouldBe(1);
    }

    [Fact]
    public async Task Asking_again_keeps_the_place()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await locks.AcquireAsync("orders", "a");
        await using var first = await locks.QueueAsync("orders", "b");
        await using var second = await locks.QueueAsync("orders", "c");

        (await locks.AskAsync("orders", "b")).IsGranted.ShouldBeFalse();
        await locks.ReleaseAsync("orders", "a");

        await first.GrantAsync();
    }

    [Fact]
    public async Task Who_missed_the_word_of_its_grant_finds_it_by_asking_again()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();
        await locks.AcquireAsync("orders", "a");
        await using var watch = await locks.QueueAsync("orders", "b");
        await locks.ReleaseAsync("orders", "a");
        var missed = await watch.GrantAsync();

        var found = await locks.AskAsync("orders", "b");

        found.IsGranted.ShouldBeTrue();
        found.Offer.ShouldBeNull();
        found.FencingToken.ShouldBeGreaterThan(missed.FencingToken);
        (await PttlAsync(wire, locks)).ShouldBeGreaterThan(Offer);
    }

    [Fact]
    public async Task A_dead_first_costs_its_offer_and_the_next_to_ask_gets_the_lock()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();
        await locks.AcquireAsync("orders", "a");
        await using var dead = await locks.QueueAsync("orders", "b");
        await using var second = await locks.QueueAsync("orders", "c");
        await using var third = await locks.QueueAsync("orders", "d");
        await locks.ReleaseAsync("orders", "a");
        await dead.GrantAsync();

        await Eventually.BecomesTrueAsync(async () => (await locks.AskAsync("orders", "c")).IsGranted, "the offer lapsed");

        (await wire.CountPlacesAsync(locks)).ShouldBe(1, "only the third is left");
        (await locks.RenewAsync("orders", "b")).Outcome.ShouldBe(RenewalOutcome.Lost);
        (await locks.ReleaseAsync("orders", "c")).ShouldBeTrue();
        await third.GrantAsync();
    }

    [Fact]
    public async Task The_last_attempt_of_a_wait_gives_up_the_place_if_it_is_granted()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();
        await locks.AcquireAsync("orders", "a");
        await using var first = await locks.QueueAsync("orders", "b");
        await using var second = await locks.QueueAsync("orders", "c");
        await wire.SendAsync("DEL", locks.LockName("orders"));

        (await locks.AcquireAsync("orders", "b")).IsGranted.ShouldBeTrue();
        (await locks.ReleaseAsync("orders", "b")).ShouldBeTrue();

        await second.GrantAsync();
    }

    [Fact]
    public async Task Who_leaves_is_passed_over()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await locks.AcquireAsync("orders", "a");
        await using var first = await locks.QueueAsync("orders", "b");
        await using var second = await locks.QueueAsync("orders", "c");

        await locks.LeaveAsync("orders", "b");
        await locks.ReleaseAsync("orders", "a");

        await second.GrantAsync();
    }

    [Fact]
    public async Task Who_leaves_with_a_grant_hands_it_on()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await locks.AcquireAsync("orders", "a");
        await using var first = await locks.QueueAsync("orders", "b");
        await using var second = await locks.QueueAsync("orders", "c");
        await locks.ReleaseAsync("orders", "a");

        await locks.LeaveAsync("orders", "b");

        await second.GrantAsync();
    }

    [Fact]
    public async Task Nothing_is_left_when_all_have_left()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();
        await locks.AcquireAsync("orders", "a");
        await (await locks.QueueAsync("orders", "b")).DisposeAsync();
        long.Parse((await wire.SendAsync("PTTL", locks.QueueName("orders")))!, CultureInfo.InvariantCulture).ShouldBeInRange(1, 10_000, "a queue that nobody asks for goes");

        await locks.LeaveAsync("orders", "b");
        await locks.ReleaseAsync("orders", "a");

        (await NamesAsync(wire, locks)).ShouldBe([locks.FenceName("orders")]);
    }

    [Fact]
    public async Task Tokens_that_were_reserved_are_used_by_nobody_else()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();
        var first = await locks.AskAsync("orders", "a", tokens: 1_000_000_000);
        first.Tokens.ShouldBe(1_000_000_000);
        await using var watch = await locks.QueueAsync("orders", "b");
        await locks.ReleaseAsync("orders", "a");

        var granted = await watch.GrantAsync();
        granted.FencingToken.ShouldBe(first.FencingToken + first.Tokens);
        await locks.ReleaseAsync("orders", "b");

        (await locks.AcquireAsync("orders", "c")).FencingToken.ShouldBe(granted.FencingToken + granted.Tokens);
    }

    [Fact]
    public async Task A_release_succeeds_although_the_mark_is_somebody_elses()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();
        await locks.AcquireAsync("orders", "a");
        await using var watch = await locks.QueueAsync("orders", "b");
        await wire.SendAsync("SET", locks.FenceName("orders"), "text");

        (await locks.ReleaseAsync("orders", "a")).ShouldBeTrue();

        await Should.ThrowAsync<DistributedLockUnavailableException>(() => locks.AskAsync("orders", "b").AsTask());
        (await wire.SendAsync("GET", locks.FenceName("orders"))).ShouldBe("text");
    }

    private static async Task<long> PttlAsync(RedisWire wire, ProviderUnderTest locks) =>
        long.Parse((await wire.SendAsync("PTTL", locks.LockName("orders")))!, CultureInfo.InvariantCulture);

    private static async Task<string[]> NamesAsync(RedisWire wire, ProviderUnderTest locks) =>
        (await wire.SendAsync("KEYS", locks.KeyPrefix + "*"))!.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
