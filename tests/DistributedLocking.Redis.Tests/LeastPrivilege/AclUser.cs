using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Redis.Tests.LeastPrivilege;

/// <summary>The users that docs/providers/redis-security.md describes.</summary>
internal sealed record AclUser(string Name, string Rules, string Options, bool UseNotifications)
{
    private const string Password = "least-privilege-s3cret";

    internal static readonly AclUser Recommended = new(
        "recommended",
        "resetkeys ~lock:* resetchannels &lock:* -@all +ping +eval +evalsha +get +mget +set +mset +getset +del +exists +incr +incrby +pexpire +pttl +time "
            + "+zadd +zscore +zrem +zpopmin +zcard +zrange +zremrangebyscore +publish +pubsub|numsub +subscribe +unsubscribe",
        "tiebreaker=,configChannel=,$CLIENT=,$ECHO=,$INFO=,$CONFIG=,$CLUSTER=,$SENTINEL=",
        UseNotifications: true);

    internal static readonly AclUser Strict = new(
        "strict",
        "resetkeys ~lock:* resetchannels -@all +@write -@dangerous -@scripting +ping +get +eval",
        "tiebreaker=,configChannel=,$CLIENT=,$ECHO=,$INFO=,$CONFIG=,$CLUSTER=,$SENTINEL=,$SUBSCRIBE=",
        UseNotifications: false);

    /// <summary>What the connection string has besides the address.</summary>
    internal string Login => $"user={Name},password={Password},{Options}";

    internal static AclUser Find(string name) => name == Recommended.Name ? Recommended : Strict;

    /// <summary>A server with this user, and <c>admin</c>, who may do anything; nobody else may do anything.</summary>
    internal async Task<RedisServer> StartServerAsync()
    {
        var server = await RedisServer.StartAsync();
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync("ACL", "SETUSER", "admin", "on", ">admin", "~*", "&*", "+@all");
        await wire.SendAsync(["ACL", "SETUSER", Name, "on", $">{Password}", .. Rules.Split(' ')]);
        await wire.SendAsync("ACL", "SETUSER", "default", "off");
        return server;
    }

    internal static async Task<RedisWire> AdminAsync(RedisServer server)
    {
        var wire = await server.ConnectAsync();
        await wire.SendAsync("AUTH", "admin", "admin");
        return wire;
    }

    internal async Task<RedisWire> ConnectAsync(RedisServer server)
    {
        var wire = await server.ConnectAsync();
        await wire.SendAsync("AUTH", Name, Password);
        return wire;
    }

    internal void Configure(RedisLockOptions options)
    {
        options.Configuration += $",{Login}";
        options.KeyPrefix = "lock:";
        options.UseNotifications = UseNotifications;
    }
}
