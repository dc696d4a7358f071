using DistributedLocking.Providers;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.LeastPrivilege;

/// <summary>Locks work under the documented users, and what those must not do is refused.</summary>
public sealed class AclUserTests
{
    [Theory]
    [InlineData("recommended")]
    [InlineData("strict")]
    public async Task Every_operation_works(string name)
    {
        var user = AclUser.Find(name);
        await using var server = await user.StartServerAsync();
        await using var locks = ProviderUnderTest.On(server, user.Configure);
        long last = 0;

        for (var i = 0; i < 3; i++)
        {
            var reply = await locks.AcquireAsync("orders", "a");
            reply.IsGranted.ShouldBeTrue();
            reply.FencingToken.ShouldBeGreaterThan(last);
            last = reply.FencingToken;
            (await locks.AcquireAsync("orders", "b")).IsGranted.ShouldBeFalse();
            (await locks.RenewAsync("orders", "a")).Outcome.ShouldBe(RenewalOutcome.Renewed);
            (await locks.RenewAsync("orders", "b")).Outcome.ShouldBe(RenewalOutcome.Lost);
            (await locks.ReleaseAsync("orders", "b")).ShouldBeFalse();
            (await locks.ReleaseAsync("orders", "a")).ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData("recommended")]
    [InlineData("strict")]
    public async Task Tokens_follow_the_servers_clock_and_a_granted_lock_has_its_time_to_live(string name)
    {
        var user = AclUser.Find(name);
        await using var server = await user.StartServerAsync();
        await using var admin = await AclUser.AdminAsync(server);
        await using var locks = ProviderUnderTest.On(server, user.Configure);
        var before = await MicrosecondsAsync(admin);

        var token = (await locks.AcquireAsync("orders", "a")).FencingToken;

        // The strict user's clock is in milliseconds.
        token.ShouldBeInRange(before - 1000, await MicrosecondsAsync(admin));
        (await admin.SendAsync("TYPE", locks.LockName("orders"))).ShouldBe("string");
        (await admin.SendAsync("GET", locks.LockName("orders"))).ShouldBe("a");
        int.Parse((await admin.SendAsync("PTTL", locks.LockName("orders")))!, System.Globalization.CultureInfo.InvariantCulture).ShouldBeInRange(1, 60_000);
    }

    [Theory]
    [InlineData("recommended")]
    [InlineData("strict")]
    public async Task Many_leases_are_renewed_together(string name)
    {
        var user = AclUser.Find(name);
        await using var server = await user.StartServerAsync();
        await using var locks = ProviderUnderTest.On(server, user.Configure);
        var keys = Enumerable.Range(0, 20).Select(i => $"orders-{i}").ToList();
        foreach (var key in keys)
        {
            (await locks.AcquireAsync(key, "a")).IsGranted.ShouldBeTrue();
        }

        var batch = keys.ConvertAll(key => new RenewalRequest(new LeaseReference(key, "a"), ProviderUnderTest.Minute));

        (await Task.Run(() => locks.Provider.RenewAsync(batch, TestContext.Current.CancellationToken).AsTask()))
            .ShouldAllBe(reply => reply.Outcome == RenewalOutcome.Renewed);
    }

    [Theory]
    [InlineData("recommended", true)]
    [InlineData("strict", false)]
    public async Task Many_calls_at_once_work_in_batches_or_without(string name, bool inBatches)
    {
        var user = AclUser.Find(name);
        await using var server = await user.StartServerAsync();
        await using var locks = ProviderUnderTest.On(server, user.Configure, inBatches: true);
        var keys = Enumerable.Range(0, 50).Select(i => $"orders-{i}").ToList();

        for (var i = 0; i < 3; i++)
        {
            (await Task.WhenAll(keys.Select(key => locks.AcquireAsync(key, "a").AsTask()))).ShouldAllBe(reply => reply.IsGranted);
            (await Task.WhenAll(keys.Select(key => locks.ReleaseAsync(key, "a").AsTask()))).ShouldAllBe(released => released);
        }

        var rights = locks.Connection.Session!.Scripts;
        (rights.MayBatch && rights.MaySendHash).ShouldBe(inBatches);
    }

    [Theory]
    [InlineData("recommended")]
    [InlineData("strict")]
    public async Task The_fenced_read_and_write_work_on_keys_of_the_user(string name)
    {
        var user = AclUser.Find(name);
        await using var server = await user.StartServerAsync();
        var options = new RedisLockOptions { Configuration = server.Address };
        user.Configure(options);
        using var multiplexer = await ConnectionMultiplexer.ConnectAsync(options.Configuration);
        var database = multiplexer.GetDatabase();

        await database.StringSetFencedAsync("lock:{42}value", "new", 2);
        ((string?)await database.StringGetFencedAsync("lock:{42}value", 3)).ShouldBe("new");

        await Should.ThrowAsync<StaleFencingTokenException>(() => database.StringSetFencedAsync("lock:{42}value", "old", 2));
        await Should.ThrowAsync<StaleFencingTokenException>(() => database.StringGetFencedAsync("lock:{42}value", 2));
        await Should.ThrowAsync<RedisServerException>(() => database.StringGetFencedAsync("{other}value", 3));
    }

    [Fact]
    public async Task A_release_wakes_a_waiter_of_the_recommended_user()
    {
        await using var server = await AclUser.Recommended.StartServerAsync();
        await using var locks = ProviderUnderTest.On(server, AclUser.Recommended.Configure);
        await using var others = ProviderUnderTest.On(server, AclUser.Recommended.Configure);
        (await locks.AcquireAsync("orders", "a")).IsGranted.ShouldBeTrue();
        await using var watch = await others.QueueAsync("orders", "b");

        (await locks.ReleaseAsync("orders", "a")).ShouldBeTrue();

        (await watch.GrantAsync()).IsGranted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_waiter_of_the_recommended_user_is_seen_to_listen()
    {
        await using var server = await AclUser.Recommended.StartServerAsync();
        await using var locks = ProviderUnderTest.On(server, AclUser.Recommended.Configure);
        await using var admin = await AclUser.AdminAsync(server);
        (await locks.AcquireAsync("orders", "a")).IsGranted.ShouldBeTrue();
        await using var watch = await locks.QueueAsync("orders", "b");

        (await admin.IsSeenAsync(locks, "b")).ShouldBeTrue();
    }

    [Fact]
    public async Task Who_may_not_look_for_listeners_grants_the_lock_to_one_that_another_saw()
    {
        await using var server = await AclUser.Recommended.StartServerAsync();
        await using var locks = ProviderUnderTest.On(server, AclUser.Recommended.Configure);
        await using var admin = await AclUser.AdminAsync(server);
        (await locks.AcquireAsync("orders", "a")).IsGranted.ShouldBeTrue();
        await using var watch = await locks.QueueAsync("orders", "b");
        await admin.SendAsync("ACL", "SETUSER", AclUser.Recommended.Name, "-pubsub");

        (await locks.ReleaseAsync("orders", "a")).ShouldBeTrue();

        (await watch.GrantAsync()).IsGranted.ShouldBeTrue();
    }

    [Fact]
    public async Task What_the_strict_user_may_not_call_is_learnt_from_the_first_refusal()
    {
        await using var server = await AclUser.Strict.StartServerAsync();
        await using var admin = await AclUser.AdminAsync(server);
        await using var locks = ProviderUnderTest.On(server, AclUser.Strict.Configure);

        for (var i = 0; i < 10; i++)
        {
            (await locks.AcquireAsync("orders", "a")).IsGranted.ShouldBeTrue();
            (await locks.ReleaseAsync("orders", "a")).ShouldBeTrue();
        }

        CommandStatistics.Read(await admin.SendAsync("INFO", "commandstats"), "evalsha", "rejected_calls").ShouldBe(1);
    }

    [Theory]
    [InlineData("recommended")]
    [InlineData("strict")]
    public async Task A_quorum_works(string name)
    {
        var user = AclUser.Find(name);
        await using var one = await user.StartServerAsync();
        await using var two = await user.StartServerAsync();
        await using var three = await user.StartServerAsync();
        var options = new RedisLockOptions { ServerTimeout = Eventually.Bound, UseNotifications = user.UseNotifications };
        options.Servers = [.. new[] { one, two, three }.Select(server => $"{server.Address},{user.Login}")];
        await using var locks = new RedisQuorumLockProvider(options);

        var first = await locks.AcquireAsync("orders", "a");
        first.IsGranted.ShouldBeTrue();
        (await locks.AcquireAsync("orders", "b")).IsGranted.ShouldBeFalse();
        (await locks.RenewAsync("orders", "a")).Outcome.ShouldBe(RenewalOutcome.Renewed);
        (await locks.ReleaseAsync("orders", "a")).ShouldBeTrue();
        (await locks.AcquireAsync("orders", "b")).FencingToken.ShouldBeGreaterThan(first.FencingToken);
    }

    [Theory]
    [InlineData("recommended")]
    [InlineData("strict")]
    public async Task What_must_be_refused_is_refused(string name)
    {
        var user = AclUser.Find(name);
        await using var server = await user.StartServerAsync();
        await using var wire = await user.ConnectAsync(server);
        string[][] forbidden =
        [
            ["FLUSHALL"], ["FLUSHDB"], ["SWAPDB", "0", "1"], ["KEYS", "*"], ["CONFIG", "GET", "*"], ["CONFIG", "SET", "maxmemory", "1"],
            ["GET", "other"], ["SET", "other", "1"], ["DEL", "other"], ["XADD", "other", "*", "a", "b"], ["RENAME", "lock:a", "other"],
            ["SUBSCRIBE", "other"], ["PUBLISH", "other", ""], ["PSUBSCRIBE", "*"],
            ["EVAL", "return redis.call('GET', 'other')", "0"], ["EVAL", "return redis.call('SET', 'other', '1')", "0"],
            ["EVAL", "return redis.call('FLUSHALL')", "0"], ["EVAL", "return redis.call('CONFIG', 'GET', '*')", "0"],
            ["SCRIPT", "FLUSH"], ["FUNCTION", "FLUSH"], ["ACL", "LIST"], ["ACL", "SETUSER", "default", "+@all"], ["CLIENT", "KILL", "TYPE", "normal"],
            ["SHUTDOWN", "NOSAVE"], ["REPLICAOF", "NO", "ONE"], ["MONITOR"], ["SAVE"], ["MIGRATE", "127.0.0.1", "1", "lock:a", "0", "1"],
            ["RESTORE", "lock:a", "0", "x"], ["SORT", "lock:a", "STORE", "lock:b"],
        ];
        string[] refusals = ["NOPERM", "The user executing the script can't", "ACL failure in script", "This Redis command is not allowed from script"];
        foreach (var command in forbidden)
        {
            var error = await Should.ThrowAsync<InvalidOperationException>(() => wire.SendAsync(command), string.Join(' ', command));
            Array.Exists(refusals, refusal => error.Message.Contains(refusal, StringComparison.Ordinal)).ShouldBeTrue($"{string.Join(' ', command)}: {error.Message}");
        }
    }

    private static async Task<long> MicrosecondsAsync(RedisWire wire)
    {
        var time = (await wire.SendAsync("TIME"))!.Split('\n').Select(part => long.Parse(part, System.Globalization.CultureInfo.InvariantCulture)).ToList();
        return (time[0] * 1_000_000) + time[1];
    }
}
