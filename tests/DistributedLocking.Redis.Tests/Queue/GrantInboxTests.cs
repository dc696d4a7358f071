using DistributedLocking.Providers;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Queue;

public sealed class GrantInboxTests(SharedRedis redis)
{
    private const int Refused = 2010;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_waits_of_a_provider_share_a_subscription_that_ends_with_it()
    {
        await using var server = await RedisServer.StartAsync();
        await using var wire = await server.ConnectAsync();
        using var multiplexer = await ConnectionMultiplexer.ConnectAsync(server.Address);
        await using (var locks = ProviderUnderTest.On(server, given: multiplexer))
        {
            await locks.AcquireAsync("orders", "a");
            (await ChannelsAsync(wire, locks)).ShouldBeEmpty("who does not wait does not subscribe");
            await using var first = await locks.QueueAsync("orders", "b");
            await using var second = await locks.QueueAsync("orders", "c");
            (await ChannelsAsync(wire, locks)).Length.ShouldBe(1);
        }

        await Eventually.BecomesTrueAsync(async () => (await wire.SendAsync("PUBSUB", "CHANNELS", "test-*"))!.Length == 0, "the subscription ended");
    }

    [Fact]
    public async Task Two_providers_on_one_multiplexer_do_not_end_each_others_subscription()
    {
        using var multiplexer = await ConnectionMultiplexer.ConnectAsync(redis.Server.Address);
        await using var one = ProviderUnderTest.On(redis.Server, given: multiplexer);
        await using var two = one.Sibling(redis.Server, given: multiplexer);
        await two.AcquireAsync("orders", "a");
        await (await one.QueueAsync("orders", "b")).DisposeAsync();
        await one.LeaveAsync("orders", "b");
        await using var watch = await two.QueueAsync("orders", "c");

        await one.DisposeAsync();

        await ShouldBeToldAsync(two, watch);
    }

    [Fact]
    public async Task A_channel_prefix_of_the_connection_is_kept_to()
    {
        await using var locks = ProviderUnderTest.On(redis.Server, options => options.Configuration += ",channelPrefix=app1:");
        await locks.AcquireAsync("orders", "a");
        await using var watch = await locks.QueueAsync("orders", "b");
        await using var wire = await redis.Server.ConnectAsync();
        (await wire.SendAsync("PUBSUB", "CHANNELS", $"app1:{locks.KeyPrefix}*")).ShouldNotBeNullOrEmpty();

        await ShouldBeToldAsync(locks, watch);
    }

    [Fact]
    public async Task A_channel_prefix_of_a_given_connection_is_kept_to()
    {
        using var multiplexer = await ConnectionMultiplexer.ConnectAsync(redis.Server.Address + ",channelPrefix=app1:");
        await using var locks = ProviderUnderTest.On(redis.Server, given: multiplexer);
        await locks.AcquireAsync("orders", "a");
        await using var watch = await locks.QueueAsync("orders", "b");

        await ShouldBeToldAsync(locks, watch);
    }

    [Fact]
    public async Task All_who_wait_wake_up_when_the_connection_was_lost_and_are_told_again()
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = ProviderUnderTest.On(server);
        await using var wire = await server.ConnectAsync();
        await locks.AcquireAsync("one", "a");
        await locks.AcquireAsync("two", "a");
        await using var one = await locks.QueueAsync("one", "b");
        await using var two = await locks.QueueAsync("two", "c");

        await wire.SendAsync("CLIENT", "KILL", "TYPE", "pubsub");

        (await one.WaitAsync(Cancellation).Within()).ShouldBe(WakeUp.Changed);
        (await two.WaitAsync(Cancellation).Within()).ShouldBe(WakeUp.Changed);
        await Eventually.BecomesTrueAsync(async () => (await ChannelsAsync(wire, locks)).Length == 1, "the subscription was made again");
        await ShouldBeToldAsync(locks, one, "one");
    }

    [Fact]
    public async Task Switched_off_it_neither_subscribes_nor_queues()
    {
        await using var off = ProviderUnderTest.On(redis.Server, options => options.UseNotifications = false);
        off.Provider.Capabilities.ShouldBe(
            LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Fencing | LockProviderCapabilities.Ordered | LockProviderCapabilities.Shared
            | LockProviderCapabilities.Counted | LockProviderCapabilities.Inspection);
        await using var wire = await redis.Server.ConnectAsync();

        await off.AcquireAsync("orders", "a");
        await ShouldPollAsync(off);

        (await ChannelsAsync(wire, off)).ShouldBeEmpty();
        (await wire.SendAsync("EXISTS", off.QueueName("orders"))).ShouldBe("0");
        (await off.ReleaseAsync("orders", "a")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("resetchannels")]
    [InlineData("-subscribe")]
    public async Task A_user_who_may_not_subscribe_polls_and_is_told_once(string rule)
    {
        await using var server = await RedisServer.StartAsync();
        await using var admin = await AdminAsync(server);
        await admin.SendAsync("ACL", "SETUSER", "default", rule);
        await using var locks = ProviderUnderTest.On(server);

        (await locks.AcquireAsync("orders", "a")).IsGranted.ShouldBeTrue();
        await ShouldPollAsync(locks);
        await ShouldPollAsync(locks);

        locks.Log.CountOf(Refused).ShouldBe(1);
        (await admin.SendAsync("EXISTS", locks.QueueName("orders"))).ShouldBe("0");
        (await locks.ReleaseAsync("orders", "a")).ShouldBeTrue();
        (await locks.AskAsync("orders", "b")).IsGranted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_refusal_is_asked_for_again_after_a_while_without_another_warning()
    {
        var time = new DistributedLocking.Testing.ManualTimeProvider();
        await using var server = await RedisServer.StartAsync();
        await using var admin = await AdminAsync(server);
        await admin.SendAsync("ACL", "SETUSER", "default", "-subscribe");
        await using var locks = ProviderUnderTest.On(server, time: time);
        await locks.AcquireAsync("orders", "a");

        await ShouldPollAsync(locks);
        await admin.SendAsync("ACL", "SETUSER", "default", "+subscribe");
        await ShouldPollAsync(locks);
        time.Advance(TimeSpan.FromMinutes(1));

        await using var watch = await locks.QueueAsync("orders", "b");
        locks.Log.CountOf(Refused).ShouldBe(1);
    }

    [Fact]
    public async Task A_client_that_has_no_subscribe_command_polls()
    {
        await using var locks = ProviderUnderTest.On(redis.Server, options => options.Configuration += ",$SUBSCRIBE=");
        await locks.AcquireAsync("orders", "a");

        await ShouldPollAsync(locks);

        locks.Log.CountOf(Refused).ShouldBe(1);
        (await locks.ReleaseAsync("orders", "a")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_user_who_may_not_publish_releases_all_the_same()
    {
        await using var server = await RedisServer.StartAsync();
        await using var admin = await AdminAsync(server);
        await admin.SendAsync("ACL", "SETUSER", "default", "-publish");
        await using var locks = ProviderUnderTest.On(server);

        await locks.AcquireAsync("orders", "a");
        await using var watch = await locks.QueueAsync("orders", "b");
        (await locks.ReleaseAsync("orders", "a")).ShouldBeTrue();

        (await locks.AskAsync("orders", "b")).IsGranted.ShouldBeTrue();
    }

    private static async Task ShouldBeToldAsync(ProviderUnderTest locks, IKeyWatch watch, string key = "orders")
    {
        (await locks.ReleaseAsync(key, "a")).ShouldBeTrue();
        var wakeUp = WakeUp.Changed;
        while (wakeUp.Grant is null)
        {
            // A connection that is restored wakes everybody.
            wakeUp = await watch.WaitAsync(Cancellation).Within();
        }
    }

    private static async Task ShouldPollAsync(ProviderUnderTest locks)
    {
        (await locks.AskAsync("orders", "b").Within()).IsGranted.ShouldBeFalse();
        (await locks.Provider.WatchAsync(ProviderUnderTest.Request("orders", "b"), Cancellation).Within()).ShouldBeNull();
    }

    private static async Task<RedisWire> AdminAsync(RedisServer server)
    {
        var wire = await server.ConnectAsync();
        await wire.SendAsync("ACL", "SETUSER", "admin", "on", ">admin", "~*", "&*", "+@all");
        await wire.SendAsync("AUTH", "admin", "admin");
        return wire;
    }

    private static async Task<string[]> ChannelsAsync(RedisWire wire, ProviderUnderTest locks) =>
        (await wire.SendAsync("PUBSUB", "CHANNELS", locks.KeyPrefix + "*"))!.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
