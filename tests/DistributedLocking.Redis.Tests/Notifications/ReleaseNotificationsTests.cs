using System.Collections.Concurrent;
using System.Globalization;
using DistributedLocking.Providers;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestServers;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Notifications;

public sealed class ReleaseNotificationsTests(SharedRedis redis)
{
    private const int Refused = 2010;

    [Fact]
    public async Task A_release_by_another_process_wakes_the_watch()
    {
        await using var holder = ProviderUnderTest.On(redis.Server);
        await using var waiter = ProviderUnderTest.On(redis.Server, options => options.KeyPrefix = holder.KeyPrefix);
        await holder.AcquireAsync("orders", "a");
        await using var watch = (await waiter.WatchAsync("orders", "b"))!;
        await WakeUpsOfTheConnectAsync(watch);

        var wakeUp = watch.WaitAsync(TestContext.Current.CancellationToken);
        wakeUp.IsCompleted.ShouldBeFalse();
        await holder.ReleaseAsync("orders", "a");

        (await wakeUp.Within()).ShouldBe(WakeUp.Changed);
    }

    [Fact]
    public async Task A_release_before_the_wait_is_remembered()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var watch = (await locks.WatchAsync("orders", "b"))!;
        await using var witness = (await locks.WatchAsync("orders", "c"))!;
        await locks.AcquireAsync("orders", "a");
        await locks.ReleaseAsync("orders", "a");
        await witness.WaitAsync(TestContext.Current.CancellationToken).Within();

        await watch.WaitAsync(TestContext.Current.CancellationToken).Within();
    }

    [Fact]
    public async Task A_release_that_did_not_happen_wakes_nobody()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await locks.AcquireAsync("orders", "a");
        await using var watch = (await locks.WatchAsync("orders", "b"))!;
        await using var other = (await locks.WatchAsync("other", "b"))!;
        await WakeUpsOfTheConnectAsync(watch);
        await WakeUpsOfTheConnectAsync(other);

        (await locks.ReleaseAsync("orders", "not the owner")).ShouldBeFalse();
        await locks.AcquireAsync("other", "a");
        await locks.ReleaseAsync("other", "a");

        // Messages arrive in order, so the wrong one would have been there before this one.
        await other.WaitAsync(TestContext.Current.CancellationToken).Within();
        ShouldNotHaveWokenUp(watch);
    }

    [Fact]
    public async Task Watches_of_a_key_share_a_subscription_that_ends_with_the_last()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();
        var first = (await locks.WatchAsync("orders", "a"))!;
        var second = (await locks.WatchAsync("orders", "b"))!;
        (await SubscribersAsync(wire, locks)).ShouldBe(1);

        await first.DisposeAsync();
        await first.DisposeAsync();
        (await SubscribersAsync(wire, locks)).ShouldBe(1);
        await locks.AcquireAsync("orders", "c");
        await locks.ReleaseAsync("orders", "c");
        await second.WaitAsync(TestContext.Current.CancellationToken).Within();

        await second.DisposeAsync();
        await Eventually.BecomesTrueAsync(async () => await SubscribersAsync(wire, locks) == 0, "the subscription ended");

        await using var third = (await locks.WatchAsync("orders", "d"))!;
        (await SubscribersAsync(wire, locks)).ShouldBe(1);
    }

    [Fact]
    public async Task Two_providers_on_one_multiplexer_do_not_end_each_others_subscription()
    {
        using var multiplexer = await ConnectionMultiplexer.ConnectAsync(redis.Server.Address);
        await using var one = ProviderUnderTest.On(redis.Server, given: multiplexer);
        await using var two = ProviderUnderTest.On(redis.Server, options => options.KeyPrefix = one.KeyPrefix, given: multiplexer);
        var first = (await one.WatchAsync("orders", "a"))!;
        await using var second = (await two.WatchAsync("orders", "b"))!;

        await first.DisposeAsync();
        await one.DisposeAsync();
        await two.AcquireAsync("orders", "c");
        await two.ReleaseAsync("orders", "c");

        await second.WaitAsync(TestContext.Current.CancellationToken).Within();
    }

    [Fact]
    public async Task A_channel_prefix_of_the_connection_is_kept_to()
    {
        await using var locks = ProviderUnderTest.On(redis.Server, options => options.Configuration += ",channelPrefix=app1:");
        await using var watch = (await locks.WatchAsync("orders", "b"))!;
        await using var wire = await redis.Server.ConnectAsync();
        (await wire.SendAsync("PUBSUB", "NUMSUB", "app1:" + locks.LockName("orders"))).ShouldEndWith("\n1");

        await locks.AcquireAsync("orders", "a");
        await locks.ReleaseAsync("orders", "a");

        await watch.WaitAsync(TestContext.Current.CancellationToken).Within();
    }

    [Fact]
    public async Task A_channel_prefix_of_a_given_connection_is_kept_to()
    {
        using var multiplexer = await ConnectionMultiplexer.ConnectAsync(redis.Server.Address + ",channelPrefix=app1:");
        await using var locks = ProviderUnderTest.On(redis.Server, given: multiplexer);
        await using var watch = (await locks.WatchAsync("orders", "b"))!;

        await locks.AcquireAsync("orders", "a");
        await locks.ReleaseAsync("orders", "a");

        await watch.WaitAsync(TestContext.Current.CancellationToken).Within();
    }

    [Fact]
    public async Task All_watches_wake_up_when_the_connection_was_lost_and_work_on()
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = ProviderUnderTest.On(server);
        await using var wire = await server.ConnectAsync();
        await using var one = (await locks.WatchAsync("one", "a"))!;
        await using var two = (await locks.WatchAsync("two", "a"))!;

        await wire.SendAsync("CLIENT", "KILL", "TYPE", "pubsub");

        await one.WaitAsync(TestContext.Current.CancellationToken).Within();
        await two.WaitAsync(TestContext.Current.CancellationToken).Within();
        await Eventually.BecomesTrueAsync(async () => await SubscribersAsync(wire, locks, "one") == 1, "the subscription was made again");
        await locks.AcquireAsync("one", "b");
        await locks.ReleaseAsync("one", "b");
        await one.WaitAsync(TestContext.Current.CancellationToken).Within();
    }

    [Fact]
    public async Task Switched_off_it_neither_subscribes_nor_publishes()
    {
        await using var off = ProviderUnderTest.On(redis.Server, options => options.UseNotifications = false);
        off.Provider.Capabilities.ShouldBe(LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Fencing);
        (await off.WatchAsync("orders", "a")).ShouldBeNull();
        await using var wire = await redis.Server.ConnectAsync();
        (await SubscribersAsync(wire, off)).ShouldBe(0);

        // A watch may wake up without a message, so the channel itself is listened to.
        using var client = await ConnectionMultiplexer.ConnectAsync(redis.Server.Address);
        var messages = new ConcurrentQueue<string>();
        await client.GetSubscriber().SubscribeAsync(
            new RedisChannel(off.LockName("orders"), RedisChannel.PatternMode.Literal), (_, message) => messages.Enqueue(message.ToString()));
        await off.AcquireAsync("orders", "a");
        (await off.ReleaseAsync("orders", "a")).ShouldBeTrue();
        await wire.SendAsync("PUBLISH", off.LockName("orders"), "end");

        await Eventually.BecomesTrueAsync(() => Task.FromResult(!messages.IsEmpty), "the marker arrived");
        messages.ShouldBe(["end"]);
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

        (await locks.WatchAsync("orders", "a").Within()).ShouldBeNull();
        (await locks.WatchAsync("other", "a").Within()).ShouldBeNull();

        locks.Log.CountOf(Refused).ShouldBe(1);
        (await locks.AcquireAsync("orders", "a")).IsGranted.ShouldBeTrue();
        (await locks.ReleaseAsync("orders", "a")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_refusal_is_asked_for_again_after_a_while_without_another_warning()
    {
        var time = new DistributedLocking.Testing.ManualTimeProvider();
        await using var server = await RedisServer.StartAsync();
        await using var admin = await AdminAsync(server);
        await admin.SendAsync("ACL", "SETUSER", "default", "-subscribe");
        await using var locks = ProviderUnderTest.On(server, time: time);

        (await locks.WatchAsync("orders", "a").Within()).ShouldBeNull();
        await admin.SendAsync("ACL", "SETUSER", "default", "+subscribe");
        (await locks.WatchAsync("orders", "a").Within()).ShouldBeNull();
        time.Advance(TimeSpan.FromMinutes(1));

        await using var watch = await locks.WatchAsync("orders", "a").Within();
        watch.ShouldNotBeNull();
        locks.Log.CountOf(Refused).ShouldBe(1);
    }

    [Fact]
    public async Task A_client_that_has_no_subscribe_command_polls()
    {
        await using var locks = ProviderUnderTest.On(redis.Server, options => options.Configuration += ",$SUBSCRIBE=");

        (await locks.WatchAsync("orders", "a").Within()).ShouldBeNull();

        // Not asserted: client 1.x does not say why it has no connection for subscriptions, so there is no warning.
        await locks.AcquireAsync("orders", "a");
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
        (await locks.ReleaseAsync("orders", "a")).ShouldBeTrue();

        (await admin.SendAsync("EXISTS", locks.LockName("orders"))).ShouldBe("0");
    }

    /// <summary>Lets pass what the client reports of its connections, each of which wakes everybody.</summary>
    private static async Task WakeUpsOfTheConnectAsync(IKeyWatch watch)
    {
        using var quiet = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        try
        {
            while (true)
            {
                quiet.CancelAfter(TimeSpan.FromMilliseconds(500));
                await watch.WaitAsync(quiet.Token);
            }
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            // Half a second without one.
        }
    }

    private static void ShouldNotHaveWokenUp(IKeyWatch watch)
    {
        var wait = watch.WaitAsync(TestContext.Current.CancellationToken);
        wait.IsCompleted.ShouldBeFalse();
    }

    private static async Task<RedisWire> AdminAsync(RedisServer server)
    {
        var wire = await server.ConnectAsync();
        await wire.SendAsync("ACL", "SETUSER", "admin", "on", ">admin", "~*", "&*", "+@all");
        await wire.SendAsync("AUTH", "admin", "admin");
        return wire;
    }

    private static async Task<int> SubscribersAsync(RedisWire wire, ProviderUnderTest locks, string key = "orders")
    {
        var answer = await wire.SendAsync("PUBSUB", "NUMSUB", locks.LockName(key));
        return int.Parse(answer!.Split('\n')[1], CultureInfo.InvariantCulture);
    }
}
