using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.ConformanceTests.Fixtures;

/// <summary>One Garnet server that runs scripts as transactions, as docs/providers/redis.md asks for.</summary>
public sealed class GarnetFixture : RedisFixture
{
    private protected override Task<RedisServer> StartServerAsync(string password) =>
        GarnetServer.StartAsync(inTransactions: true, "--auth", "Password", "--password", password);
}
