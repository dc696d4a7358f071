using DistributedLocking.TestServers;

namespace DistributedLocking.Redis.Tests.LeastPrivilege;

/// <summary>The users that docs/providers/redis-security.md describes.</summary>
/// <remarks>Client 1.x knows no user names, so the rules are given to the default user, which it logs in as; the rules are the same.</remarks>
internal sealed record AclUser(string Name, string Rules, string Options, bool UseNotifications)
{
    internal const string Password = "least-privilege-s3cret";

    internal static readonly AclUser Recommended = new(
        "recommended",
        "resetkeys ~lock:* resetchannels &lock:* -@all +ping +eval +evalsha +get +mget +set +mset +getset +del +incr +incrby +append +pexpire +pttl +time "
            + "+zadd +zscore +zrem +zcard +zpopmin +publish +subscribe +unsubscribe",
        "tiebreaker=,configChannel=,$CLIENT=,$ECHO=,$INFO=,$CONFIG=,$CLUSTER=,$SENTINEL=",
        UseNotifications: true);

    internal static readonly AclUser Strict = new(
        "strict",
        "resetkeys ~lock:* resetchannels -@all +@write -@dangerous -@scripting +ping +get +eval",
        "tiebreaker=,configChannel=,$CLIENT=,$ECHO=,$INFO=,$CONFIG=,$CLUSTER=,$SENTINEL=,$SUBSCRIBE=",
        UseNotifications: false);

    internal static AclUser Find(string name) => name == Recommended.Name ? Recommended : Strict;

    /// <summary>A server whose default user has these rules. The other one, <c>admin</c>, may do anything.</summary>
    internal async Task<RedisServer> StartServerAsync()
    {
        var server = await RedisServer.StartAsync();
        await using var wire = await server.ConnectAsync();
        await wire.SendAsync("ACL", "SETUSER", "admin", "on", ">admin", "~*", "&*", "+@all");
        await wire.SendAsync(["ACL", "SETUSER", "default", "on", $">{Password}", .. Rules.Split(' ')]);
        return server;
    }

    internal static async Task<RedisWire> AdminAsync(RedisServer server)
    {
        var wire = await server.ConnectAsync();
        await wire.SendAsync("AUTH", "admin", "admin");
        return wire;
    }

    internal static async Task<RedisWire> UserAsync(RedisServer server)
    {
        var wire = await server.ConnectAsync();
        await wire.SendAsync("AUTH", Password);
        return wire;
    }

    internal void Configure(RedisLockOptions options)
    {
        options.Configuration += $",password={Password},{Options}";
        options.KeyPrefix = "lock:";
        options.UseNotifications = UseNotifications;
    }
}
