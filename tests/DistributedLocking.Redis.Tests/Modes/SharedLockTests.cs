using System.Globalization;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Redis.Tests.Modes;

/// <summary>The scripts of reader-writer locks and semaphores on a real server, seen by several processes.</summary>
public sealed class SharedLockTests(SharedRedis redis)
{
    private const int Reader = SharedUnderTest.Reader;
    private const int Writer = SharedUnderTest.Writer;

    [Fact]
    public async Task Readers_hold_together_each_with_a_lease_of_its_own()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();
        var shared = new SharedUnderTest(locks, LockMode.Shared);
        var first = await shared.AcquireAsync("a", Reader);
        var second = await shared.AcquireAsync("b", Reader);
        await shared.RenewAsync("a", TimeSpan.FromMilliseconds(1));

        second.FencingToken.ShouldBeGreaterThan(first.FencingToken);
        (await shared.AcquireAsync("w", Writer)).IsGranted.ShouldBeFalse();
        await LapseAsync(wire, shared, remaining: 1);
        (await shared.RenewAsync("a")).ShouldBe(RenewalOutcome.Lost);
        (await shared.RenewAsync("b")).ShouldBe(RenewalOutcome.Renewed);
        (await shared.ReleaseAsync("a")).ShouldBeFalse();
        (await shared.ReleaseAsync("b")).ShouldBeTrue();
        (await wire.SendAsync("ZCARD", shared.HoldersName)).ShouldBe("0");
        var writer = await shared.AcquireAsync("w", Writer);
        writer.FencingToken.ShouldBeGreaterThan(second.FencingToken);
        (await shared.AcquireAsync("c", Reader)).IsGranted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_refusal_tells_when_the_first_lease_ends()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        var permits = new SharedUnderTest(locks, LockMode.Counted);
        await permits.AcquireAsync("a", 2, TimeSpan.FromHours(1));
        await permits.AcquireAsync("b", 2, TimeSpan.FromSeconds(30));

        (await permits.AcquireAsync("c", 2)).HolderExpiresIn.ShouldNotBeNull().ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task An_owner_that_asks_again_is_granted_what_it_holds()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        var permits = new SharedUnderTest(locks, LockMode.Counted);
        var first = await permits.AcquireAsync("a", 1);

        (await permits.AcquireAsync("a", 1)).FencingToken.ShouldBeGreaterThan(first.FencingToken);
        (await permits.ReleaseAsync("a")).ShouldBeTrue();
        (await permits.AcquireAsync("b", 1)).IsGranted.ShouldBeTrue();
    }

    [Fact]
    public async Task Who_waits_is_granted_in_order_and_readers_together()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var others = locks.Sibling(redis.Server);
        var shared = new SharedUnderTest(locks, LockMode.Shared);
        var elsewhere = new SharedUnderTest(others, LockMode.Shared);
        await shared.AcquireAsync("w0", Writer);
        await using var w1 = await shared.QueueAsync("w1", Writer);
        await using var r1 = await elsewhere.QueueAsync("r1", Reader);
        await using var r2 = await shared.QueueAsync("r2", Reader);
        await using var w2 = await elsewhere.QueueAsync("w2", Writer);
        (await shared.AcquireAsync("late", Reader)).IsGranted.ShouldBeFalse();

        (await shared.ReleaseAsync("w0")).ShouldBeTrue();
        var writer = await w1.GrantAsync();
        (await shared.RenewAsync("r1")).ShouldBe(RenewalOutcome.Lost);
        (await shared.ReleaseAsync("w1")).ShouldBeTrue();
        var readers = new[] { await r1.GrantAsync(), await r2.GrantAsync() };
        readers.ShouldAllBe(reader => reader.FencingToken > writer.FencingToken && reader.Offer == TimeSpan.FromSeconds(2) && reader.Tokens == 1);
        (await shared.RenewAsync("w2")).ShouldBe(RenewalOutcome.Lost);
        await shared.ReleaseAsync("r1");
        await shared.ReleaseAsync("r2");
        (await w2.GrantAsync()).FencingToken.ShouldBeGreaterThan(readers.Max(reader => reader.FencingToken));
    }

    [Fact]
    public async Task Permits_that_become_free_go_to_as_many()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();
        var permits = new SharedUnderTest(locks, LockMode.Counted);
        await permits.AcquireAsync("a", 2);
        await permits.AcquireAsync("b", 2);
        await using var c = await permits.QueueAsync("c", 2);
        await using var d = await permits.QueueAsync("d", 2);
        await using var e = await permits.QueueAsync("e", 2);

        // Their leases lapse, so nobody is told before somebody asks.
        await permits.RenewAsync("a", TimeSpan.FromMilliseconds(1));
        await permits.RenewAsync("b", TimeSpan.FromMilliseconds(1));
        await LapseAsync(wire, permits, remaining: 0);
        (await permits.AskAsync("e", 2)).IsGranted.ShouldBeFalse();

        await c.GrantAsync();
        await d.GrantAsync();
        (await permits.RenewAsync("e")).ShouldBe(RenewalOutcome.Lost);
    }

    [Fact]
    public async Task Who_leaves_the_queue_lets_the_next_in()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();
        var shared = new SharedUnderTest(locks, LockMode.Shared);
        await shared.AcquireAsync("r1", Reader);
        await using var w = await shared.QueueAsync("w", Writer);
        await using var r2 = await shared.QueueAsync("r2", Reader);

        await shared.LeaveAsync("w");

        (await r2.GrantAsync()).IsGranted.ShouldBeTrue();
        (await wire.SendAsync("EXISTS", shared.QueueName)).ShouldBe("0");
    }

    [Fact]
    public async Task A_writer_whose_process_died_while_it_waited_is_passed_over()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        var shared = new SharedUnderTest(locks, LockMode.Shared);
        await shared.AcquireAsync("r1", Reader);
        var dead = locks.Sibling(redis.Server);
        await new SharedUnderTest(dead, LockMode.Shared).QueueAsync("w", Writer);
        (await shared.AcquireAsync("r2", Reader)).IsGranted.ShouldBeFalse();
        await dead.DisposeAsync();

        // Its connection's end is seen by the server, if not at once.
        await Eventually.BecomesTrueAsync(async () => (await shared.AcquireAsync("r2", Reader)).IsGranted, "it was granted");
    }

    [Fact]
    public async Task A_waiter_that_does_not_take_its_grant_costs_an_offer()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        var permits = new SharedUnderTest(locks, LockMode.Counted);
        await permits.AcquireAsync("a", 1);
        await using var idle = await permits.QueueAsync("idle", 1);
        await using var next = await permits.QueueAsync("next", 1);
        await permits.ReleaseAsync("a");

        (await permits.AskAsync("next", 1)).HolderExpiresIn.ShouldNotBeNull().ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(2));
        await Eventually.BecomesTrueAsync(async () => (await permits.AskAsync("next", 1)).IsGranted, "it was granted");
    }

    [Fact]
    public async Task No_key_is_without_an_expiry_but_the_mark_and_none_is_left()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();
        var shared = new SharedUnderTest(locks, LockMode.Shared);
        await shared.AcquireAsync("r1", Reader, TimeSpan.FromMinutes(2));
        await shared.AcquireAsync("r2", Reader, TimeSpan.FromMinutes(1));
        await using var w = await shared.QueueAsync("w", Writer);
        foreach (var name in await shared.NamesAsync(wire))
        {
            (await PttlAsync(wire, name) > 0).ShouldBe(!name.EndsWith("fence", StringComparison.Ordinal), name);
        }

        (await PttlAsync(wire, shared.HoldersName)).ShouldBeInRange(60_001, 120_000);
        await shared.ReleaseAsync("r1");
        await shared.ReleaseAsync("r2");
        await w.GrantAsync();
        (await shared.ReleaseAsync("w")).ShouldBeTrue();
        (await shared.NamesAsync(wire)).ShouldBe([locks.FenceName("orders")]);
    }

    [Fact]
    public async Task The_three_locks_of_a_key_are_separate_and_share_a_slot_and_a_mark()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        var shared = new SharedUnderTest(locks, LockMode.Shared);
        var permits = new SharedUnderTest(locks, LockMode.Counted);
        var plain = await locks.AcquireAsync("orders", "a");
        var writer = await shared.AcquireAsync("a", Writer);
        var permit = await permits.AcquireAsync("a", 1);

        writer.FencingToken.ShouldBeGreaterThan(plain.FencingToken);
        permit.FencingToken.ShouldBeGreaterThan(writer.FencingToken);
        new[] { shared.HoldersName, shared.QueueName, permits.HoldersName, permits.QueueName, locks.LockName("orders") }
            .Select(name => name[name.IndexOf('{', StringComparison.Ordinal)..name.IndexOf('}', StringComparison.Ordinal)]).Distinct(StringComparer.Ordinal).ShouldHaveSingleItem();
        (await permits.ReleaseAsync("a")).ShouldBeTrue();
        (await shared.ReleaseAsync("a")).ShouldBeTrue();
        (await locks.ReleaseAsync("orders", "a")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_server_that_forgot_its_scripts_gets_them_again()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();
        var shared = new SharedUnderTest(locks, LockMode.Shared);
        for (var i = 0; i < 3; i++)
        {
            (await shared.AcquireAsync("a", Writer)).IsGranted.ShouldBeTrue();
            await wire.SendAsync("SCRIPT", "FLUSH");
            (await shared.RenewAsync("a")).ShouldBe(RenewalOutcome.Renewed);
            await wire.SendAsync("SCRIPT", "FLUSH");
            (await shared.ReleaseAsync("a")).ShouldBeTrue();
            await wire.SendAsync("SCRIPT", "FLUSH");
        }
    }

    /// <summary>Waits until so many leases are left, as the server's clock has it.</summary>
    private static Task LapseAsync(RedisWire wire, SharedUnderTest shared, int remaining) => Eventually.BecomesTrueAsync(
        async () =>
        {
            var time = (await wire.SendAsync("TIME"))!.Split('\n');
            return await wire.SendAsync("ZCOUNT", shared.HoldersName, time[0] + time[1].PadLeft(6, '0'), "+inf") == remaining.ToString(CultureInfo.InvariantCulture);
        },
        "the leases lapsed");

    private static async Task<long> PttlAsync(RedisWire wire, string name) =>
        long.Parse((await wire.SendAsync("PTTL", name))!, CultureInfo.InvariantCulture);
}
