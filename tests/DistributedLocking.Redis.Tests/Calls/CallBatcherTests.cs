using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Redis.Tests.Calls;

/// <summary>
/// Calls that are sent together do what each would do by itself. <c>UnsentCallTests</c> has how many are;
/// <c>QueueModelTests</c> and the conformance suite run in batches too.
/// </summary>
public sealed class CallBatcherTests
{
    private const int Many = 150;

    private static readonly string[] Keys = [.. Enumerable.Range(0, Many).Select(i => $"orders-{i}")];

    [Fact]
    public async Task A_few_calls_at_once_are_each_sent_by_themselves()
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = await ReadyAsync(server, inBatches: false);
        var before = await CommandStatistics.CountScriptsAsync(server);

        await Task.WhenAll(Keys.Take(4).Select(key => locks.AcquireAsync(key, "a").AsTask()));

        (await CommandStatistics.CountScriptsAsync(server) - before).ShouldBe(4);
    }

    [Fact]
    public async Task One_of_several_that_want_the_same_lock_gets_it_and_the_others_see_it_held()
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = await ReadyAsync(server);

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => locks.AcquireAsync(Keys[0], $"owner-{i}").AsTask()));

        replies.Count(reply => reply.IsGranted).ShouldBe(1);
        replies.Where(reply => !reply.IsGranted).ShouldAllBe(reply => reply.HolderExpiresIn > TimeSpan.Zero);
        await using var wire = await server.ConnectAsync();
        (await wire.SendAsync("GET", locks.LockName(Keys[0]))).ShouldBe($"owner-{Array.FindIndex(replies, reply => reply.IsGranted)}");
    }

    [Fact]
    public async Task A_lock_is_released_and_taken_again_in_one_batch()
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = await ReadyAsync(server);
        var first = await AcquireAllAsync(locks, "a");

        // Each acquisition is asked for after the release has been, as a provider that keeps the order allows.
        var second = Keys.Select(key => (Released: locks.ReleaseAsync(key, "a").AsTask(), Taken: locks.AcquireAsync(key, "b").AsTask())).ToList();

        (await Task.WhenAll(second.Select(pair => pair.Released))).ShouldAllBe(released => released);
        (await Task.WhenAll(second.Select(pair => pair.Taken))).Select((reply, i) => reply.IsGranted && reply.FencingToken > first[i]).ShouldAllBe(larger => larger);
    }

    [Fact]
    public async Task Locks_that_share_a_mark_get_as_many_tokens_as_they_ask_for_and_none_twice()
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = await ReadyAsync(server);
        var fence = locks.FenceName(Keys[0]);
        var sharing = Enumerable.Range(0, int.MaxValue).Select(i => $"other-{i}").Where(key => locks.FenceName(key) == fence).Take(5).ToList();

        var replies = await Task.WhenAll(sharing.Select(key => locks.AcquireAsync(key, "a", tokens: 128).AsTask()));
        var after = await locks.AcquireAsync(Keys[0], "a");

        replies.ShouldAllBe(reply => reply.IsGranted && reply.Tokens == 128);
        replies.SelectMany(reply => Enumerable.Range(0, 128).Select(i => reply.FencingToken + i)).ShouldBeUnique();
        after.FencingToken.ShouldBeGreaterThan(replies.Max(reply => reply.FencingToken) + 127);
    }

    [Fact]
    public async Task A_release_in_a_batch_grants_a_lock_that_is_waited_for_to_the_next_and_tells_it()
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = await ReadyAsync(server);
        await using var others = locks.Sibling(server);
        await AcquireAllAsync(locks);
        await using var watch = await others.QueueAsync(Keys[7], "b");

        (await ReleaseAllAsync(locks)).ShouldAllBe(released => released);

        (await watch.GrantAsync()).IsGranted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_lock_that_somebody_else_holds_is_not_released()
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = await ReadyAsync(server);
        await AcquireAllAsync(locks);

        var released = await Task.WhenAll(Keys.Select((key, i) => locks.ReleaseAsync(key, i % 2 == 0 ? "a" : "b").AsTask()));

        released.Select((each, i) => each == (i % 2 == 0)).ShouldAllBe(right => right);
    }

    [Theory]
    [InlineData("RPUSH")]
    [InlineData("SET")]
    public async Task What_is_wrong_with_one_lock_harms_no_other_of_its_batch(string command)
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = await ReadyAsync(server);
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync("DEL", locks.FenceName(Keys[3]));
        await wire.SendAsync(command, locks.FenceName(Keys[3]), "no number");
        await wire.SendAsync("RPUSH", locks.LockName(Keys[5]), "no lock");

        for (var i = 0; i < 2; i++)
        {
            var acquired = await Task.WhenAll(Keys.Select(key => TryAsync(async () => (await locks.AcquireAsync(key, "a")).IsGranted)));
            var released = await Task.WhenAll(Keys.Select(key => TryAsync(() => locks.ReleaseAsync(key, "a"))));

            var fence = locks.FenceName(Keys[3]);
            acquired.Select((done, at) => done == (at != 5 && locks.FenceName(Keys[at]) != fence)).ShouldAllBe(right => right);
            released.Select((done, at) => done == (at != 5 && locks.FenceName(Keys[at]) != fence)).ShouldAllBe(right => right);
        }

        locks.Connection.Session!.Scripts.MayBatch.ShouldBeTrue();
        (await wire.SendAsync("TYPE", locks.FenceName(Keys[3]))).ShouldBe(command == "SET" ? "string" : "list");
        (await wire.SendAsync("LRANGE", locks.LockName(Keys[5]), "0", "-1")).ShouldBe("no lock");
    }

    [Fact]
    public async Task A_user_that_may_not_send_a_batch_is_refused_once()
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = await ReadyAsync(server);
        await using var admin = await server.ConnectAsync();
        await admin.SendAsync("ACL", "SETUSER", "admin", "on", ">admin", "~*", "&*", "+@all");
        await admin.SendAsync("ACL", "SETUSER", "default", "-mget");
        await admin.SendAsync("AUTH", "admin", "admin");

        for (var i = 0; i < 3; i++)
        {
            (await AcquireAllAsync(locks)).ShouldAllBe(token => token > 0);
            (await ReleaseAllAsync(locks)).ShouldAllBe(released => released);
        }

        locks.Connection.Session!.Scripts.MayBatch.ShouldBeFalse();
        (await admin.SendAsync(["EXISTS", .. Keys.Select(locks.LockName)])).ShouldBe("0");
    }

    [Fact]
    public async Task A_server_that_refuses_for_the_moment_is_asked_in_batches_again()
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = await ReadyAsync(server);
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync("CONFIG", "SET", "maxmemory", "1");

        var errors = await Task.WhenAll(Keys.Select(key => Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.AcquireAsync(key, "a"))));

        errors.ShouldAllBe(error => error.IsTransient && error.Message.Contains("OOM"));
        await wire.SendAsync("CONFIG", "SET", "maxmemory", "0");
        (await AcquireAllAsync(locks)).ShouldAllBe(token => token > 0);
        locks.Connection.Session!.Scripts.MayBatch.ShouldBeTrue();
    }

    [Fact]
    public async Task A_cluster_is_not_asked_in_batches()
    {
        await using var server = await ClusterServer.StartAsync();
        await using var locks = ProviderUnderTest.On(server, inBatches: true);

        for (var i = 0; i < 3; i++)
        {
            (await AcquireAllAsync(locks)).ShouldAllBe(token => token > 0);
            (await ReleaseAllAsync(locks)).ShouldAllBe(released => released);
        }

        locks.Connection.Session!.Scripts.MayBatch.ShouldBeFalse();
    }

    [Fact]
    public async Task Scripts_that_the_server_has_forgotten_are_sent_again()
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = await ReadyAsync(server);
        await using var wire = await server.ConnectAsync();

        await wire.SendAsync("SCRIPT", "FLUSH");
        (await AcquireAllAsync(locks)).ShouldAllBe(token => token > 0);
        await wire.SendAsync("SCRIPT", "FLUSH");
        (await ReleaseAllAsync(locks)).ShouldAllBe(released => released);
    }

    [Fact]
    public async Task A_cut_connection_fails_all_calls_of_a_batch_as_unavailable_or_they_are_done()
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = await ReadyAsync(server);
        await using var wire = await server.ConnectAsync();
        server.Freeze();
        var calls = Keys.Select(key => Task.Run(async () => await locks.AcquireAsync(key, "a"))).ToList();
        server.Thaw();
        await wire.SendAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");

        foreach (var call in calls)
        {
            try
            {
                (await call).IsGranted.ShouldBeTrue();
            }
            catch (DistributedLockUnavailableException e)
            {
                e.IsTransient.ShouldBeTrue();
            }
        }
    }

    [Fact]
    public async Task A_server_that_does_not_answer_fails_each_call_at_the_command_timeout()
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = await ReadyAsync(server, TimeSpan.FromSeconds(2));
        server.Freeze();
        try
        {
            var errors = await Task.WhenAll(Keys.Select(key => Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.AcquireAsync(key, "a"))));

            errors.ShouldAllBe(error => error.InnerException is TimeoutException);
        }
        finally
        {
            server.Thaw();
        }

        await Eventually.BecomesTrueAsync(async () => await TryAsync(() => locks.ReleaseAsync(Keys[0], "a")), "what was sent was done, and it works again");
    }

    private static async Task<ProviderUnderTest> ReadyAsync(RedisServer server, TimeSpan? timeout = null, bool inBatches = true)
    {
        var locks = ProviderUnderTest.On(server, options => options.CommandTimeout = timeout ?? Eventually.Bound, inBatches: inBatches);

        // A bucket's first token, and the server's first sight of a script, are no matter for a batch.
        for (var i = 0; i < 2; i++)
        {
            await AcquireAllAsync(locks);
            await ReleaseAllAsync(locks);
        }

        return locks;
    }

    private static async Task<long[]> AcquireAllAsync(ProviderUnderTest locks, string owner = "a")
    {
        var replies = await Task.WhenAll(Keys.Select(key => locks.AcquireAsync(key, owner).AsTask()));
        replies.ShouldAllBe(reply => reply.IsGranted);
        return [.. replies.Select(reply => reply.FencingToken)];
    }

    private static Task<bool[]> ReleaseAllAsync(ProviderUnderTest locks) => Task.WhenAll(Keys.Select(key => locks.ReleaseAsync(key, "a").AsTask()));

    private static async Task<bool> TryAsync(Func<ValueTask<bool>> call)
    {
        try
        {
            return await call();
        }
        catch (DistributedLockUnavailableException)
        {
            return false;
        }
    }
}
