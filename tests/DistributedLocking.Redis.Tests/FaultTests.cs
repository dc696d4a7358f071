using DistributedLocking.Providers;
using DistributedLocking.Redis.Connections;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Redis.Tests;

/// <summary>Servers that answer, but with a refusal: it is never taken for "somebody else holds it".</summary>
public sealed class FaultTests(SharedRedis redis)
{
    [Fact]
    public async Task A_foreign_key_in_the_place_of_the_lock_is_a_lasting_fault_and_is_left_alone()
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();
        await wire.SendAsync("RPUSH", locks.LockName("orders"), "item");

        await ShouldFailAsync(locks, isTransient: false, "WRONGTYPE");

        (await wire.SendAsync("LRANGE", locks.LockName("orders"), "0", "-1")).ShouldBe("item");
    }

    [Theory]
    [InlineData("RPUSH")]
    [InlineData("SET")]
    public async Task A_mark_that_is_no_number_is_a_lasting_fault_and_takes_no_lock(string command)
    {
        await using var locks = ProviderUnderTest.On(redis.Server);
        await using var wire = await redis.Server.ConnectAsync();
        await wire.SendAsync(command, locks.FenceName("orders"), "no number");

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.AcquireAsync("orders", "a"));

        error.IsTransient.ShouldBeFalse();
        (await wire.SendAsync("EXISTS", locks.LockName("orders"))).ShouldBe("0");
    }

    [Fact]
    public async Task A_database_that_does_not_exist_is_a_lasting_fault()
    {
        await using var locks = ProviderUnderTest.On(redis.Server, options => options.Database = 9999);

        await ShouldFailAsync(locks, isTransient: false);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",password=battery-staple")]
    public async Task A_missing_or_wrong_password_is_a_lasting_fault_that_does_not_quote_it(string password)
    {
        await using var server = await RedisServer.StartAsync("--requirepass", "correct-horse");
        await using var locks = ProviderUnderTest.On(server, options => options.Configuration += ",connectTimeout=1000" + password);

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.AcquireAsync("orders", "a"));

        error.IsTransient.ShouldBeFalse();
        error.Message.ShouldContain("password");
        error.ToString().ShouldNotContain("battery");
        (await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.ReleaseAsync("orders", "a"))).ToString().ShouldNotContain("battery");
        locks.Log.Entries.ShouldAllBe(entry => !entry.Text.Contains("battery", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_user_that_lost_all_rights_is_a_lasting_fault()
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = ProviderUnderTest.On(server);
        await using var admin = await AdminAsync(server);
        await locks.AcquireAsync("orders", "a");

        await admin.SendAsync("ACL", "SETUSER", "default", "-@all");

        await ShouldFailAsync(locks, isTransient: false, "NOPERM");
    }

    [Fact]
    public async Task A_user_without_the_right_to_the_keys_is_a_lasting_fault()
    {
        await using var server = await RedisServer.StartAsync();
        await using var locks = ProviderUnderTest.On(server);
        await using var admin = await AdminAsync(server);
        await locks.AcquireAsync("orders", "a");

        await admin.SendAsync("ACL", "SETUSER", "default", "resetkeys", "~other:*");

        await ShouldFailAsync(locks, isTransient: false, "NOPERM");
    }

    [Fact]
    public async Task A_server_out_of_memory_is_a_passing_fault_and_still_releases()
    {
        await using var server = await RedisServer.StartAsync("--maxmemory-policy", "noeviction");
        await using var locks = ProviderUnderTest.On(server);
        await using var wire = await server.ConnectAsync();
        await locks.AcquireAsync("held", "a");
        await wire.SendAsync("CONFIG", "SET", "maxmemory", "1");

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.AcquireAsync("orders", "a"));

        error.IsTransient.ShouldBeTrue();
        error.Message.ShouldContain("OOM");
        (await locks.RenewAsync("held", "a")).Outcome.ShouldBe(RenewalOutcome.Renewed);
        (await locks.ReleaseAsync("held", "a")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_server_that_became_a_replica_is_a_passing_fault()
    {
        await using var primary = await RedisServer.StartAsync();
        await using var server = await RedisServer.StartAsync();
        await using var locks = ProviderUnderTest.On(server);
        await using var wire = await server.ConnectAsync();
        await locks.AcquireAsync("held", "a");
        await wire.SendAsync("REPLICAOF", primary.Host, primary.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));

        var error = await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.AcquireAsync("orders", "a"));

        error.IsTransient.ShouldBeTrue();
        error.Message.ShouldContain("READONLY");
    }

    [Fact]
    public async Task A_server_that_runs_a_long_script_is_a_passing_fault()
    {
        await using var server = await RedisServer.StartAsync("--busy-reply-threshold", "1");
        await using var locks = ProviderUnderTest.On(server);
        await using var busy = await server.ConnectAsync();
        await using var wire = await server.ConnectAsync();
        await locks.AcquireAsync("orders", "a");

        var script = busy.SendAsync("EVAL", "while true do end", "0");
        await Eventually.BecomesTrueAsync(
            async () => await Record.ExceptionAsync(() => wire.SendAsync("GET", "x")) is { Message: var message } && message.StartsWith("BUSY", StringComparison.Ordinal),
            "the script ran");

        await ShouldFailAsync(locks, isTransient: true, "BUSY");

        await wire.SendAsync("SCRIPT", "KILL");
        await Should.ThrowAsync<InvalidOperationException>(() => script);
        (await locks.ReleaseAsync("orders", "a")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("LOADING Redis is loading the dataset in memory", true)]
    [InlineData("READONLY You can't write against a read only replica.", true)]
    [InlineData("MASTERDOWN Link with MASTER is down", true)]
    [InlineData("CLUSTERDOWN Hash slot not served", true)]
    [InlineData("TRYAGAIN Multiple keys request during rehashing of slot", true)]
    [InlineData("MOVED 3999 127.0.0.1:6381", true)]
    [InlineData("ASK 3999 127.0.0.1:6381", true)]
    [InlineData("NOREPLICAS Not enough good replicas to write.", true)]
    [InlineData("MISCONF Redis is configured to save RDB snapshots", true)]
    [InlineData("ERR Error running script (call to f_1): @user_script:7: -OOM command not allowed when used memory > 'maxmemory'.", true)]
    [InlineData("ERR Error running script (call to f_1): @user_script:7: WRONGTYPE Operation against a key", false)]
    [InlineData("NOAUTH Authentication required.", false)]
    [InlineData("WRONGPASS invalid username-password pair", false)]
    [InlineData("ERR unknown command 'EVAL', with args beginning with: 'x'", false)]
    [InlineData("ERR Unknown Redis command called from script script: f_1, on @user_script:1.", false)]
    [InlineData("ERR ACL failure in script: User locks has no permissions to run the 'mget' command script: f_1, on @user_script:1.", false)]
    [InlineData("ERR The user executing the script can't run this command or subcommand script: f_1, on @user_script:1.", false)]
    [InlineData("ERR This Redis command is not allowed from script script: f_1, on @user_script:1.", false)]
    [InlineData("ERR DB index is out of range", false)]
    [InlineData("ERR TASK has nothing to do with ASKING", true)]
    [InlineData("upstream failure", true)]
    [InlineData("UNBLOCKED client unblocked via CLIENT UNBLOCK", true)]
    [InlineData("ERR max number of clients reached", true)]
    public void A_reply_is_known_by_its_code(string reply, bool isTransient)
    {
        var cause = new IOException();

        var error = RedisErrors.FromReply(reply, cause);

        error.IsTransient.ShouldBe(isTransient);
        error.InnerException.ShouldBeSameAs(cause);
    }

    private static async Task<RedisWire> AdminAsync(RedisServer server)
    {
        var wire = await server.ConnectAsync();
        await wire.SendAsync("ACL", "SETUSER", "admin", "on", ">admin", "~*", "&*", "+@all");
        await wire.SendAsync("AUTH", "admin", "admin");
        return wire;
    }

    private static async Task<IReadOnlyList<DistributedLockUnavailableException>> ShouldFailAsync(ProviderUnderTest locks, bool isTransient, string? code = null)
    {
        var acquire = await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.AcquireAsync("orders", "a"));
        var release = await Should.ThrowAsync<DistributedLockUnavailableException>(async () => await locks.ReleaseAsync("orders", "a"));
        var renew = await RenewErrorAsync(locks);
        IReadOnlyList<DistributedLockUnavailableException> errors = [acquire, release, renew];
        foreach (var error in errors)
        {
            error.IsTransient.ShouldBe(isTransient, error.ToString());
            error.Message.ShouldContain(code ?? "Redis");
            error.ToString().ShouldNotContain(locks.KeyPrefix);
        }

        return errors;
    }

    private static async Task<DistributedLockUnavailableException> RenewErrorAsync(ProviderUnderTest locks)
    {
        try
        {
            var reply = await locks.RenewAsync("orders", "a");
            reply.Outcome.ShouldBe(RenewalOutcome.Unknown);
            return reply.Error.ShouldBeOfType<DistributedLockUnavailableException>();
        }
        catch (DistributedLockUnavailableException e)
        {
            // Without a connection the batch as a whole fails.
            return e;
        }
    }
}
