using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit.Servers;

[assembly: AssemblyFixture(typeof(SharedRedis))]

namespace DistributedLocking.Redis.Tests.Doubles;

/// <summary>One server for all tests that leave it as it is and keep to a key prefix of their own.</summary>
public sealed class SharedRedis : IAsyncLifetime
{
    private RedisServer? _server;

    internal RedisServer Server => _server ?? throw new InvalidOperationException("The fixture has not been initialized.");

    public async ValueTask InitializeAsync() => _server = await RedisServer.GetSharedAsync();

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
