using DistributedLocking.TestKit;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.FaultTests.Stores;

/// <summary>A primary and its replica, which change places when the primary is away.</summary>
internal sealed class RedisPair(RedisServer primary, RedisServer replica)
{
    internal RedisServer Primary { get; private set; } = primary;

    internal RedisServer Replica { get; private set; } = replica;

    /// <summary>Kills the primary, and starts it again some time after the replica has taken its place.</summary>
    internal async Task KillPrimaryAsync(Func<RedisServer, Task> promoted, Random random)
    {
        await Primary.KillAsync();
        await promoted(Replica);
        await PassAsync(random);
        await Primary.RestartAsync();
        await ChangePlacesAsync();
    }

    /// <summary>Freezes the primary, and lets it go on some time after the replica has taken its place.</summary>
    internal async Task FreezePrimaryAsync(Func<RedisServer, Task> promoted, Random random)
    {
        Primary.Freeze();
        try
        {
            await promoted(Replica);
            await PassAsync(random);
        }
        finally
        {
            Primary.Thaw();
        }

        await ChangePlacesAsync();
    }

    /// <summary>What a server says of its replication; nothing while it cuts its connections.</summary>
    internal static async Task<string> DescribeAsync(RedisServer server)
    {
        try
        {
            await using var wire = await server.ConnectAsync();
            return await wire.SendAsync("INFO", "replication") ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static Task PassAsync(Random random) => Task.Delay(TimeSpan.FromMilliseconds(random.Next(2000)), TimeProvider.System);

    private async Task ChangePlacesAsync()
    {
        await Eventually.BecomesTrueAsync(
            async () => (await DescribeAsync(Primary)) is var text
                && text.Contains("role:slave", StringComparison.Ordinal) && text.Contains("master_link_status:up", StringComparison.Ordinal),
            "the old primary became a replica");
        (Primary, Replica) = (Replica, Primary);
    }
}
