using System.Globalization;
using DistributedLocking.Redis.Tests.Doubles;
using DistributedLocking.TestKit.Servers;
using StackExchange.Redis;

namespace DistributedLocking.Redis.Tests.Fencing;

/// <summary>A test with a guarded key of its own.</summary>
public abstract class FencedKeyTest(SharedRedis redis) : IAsyncLifetime
{
    private ConnectionMultiplexer? _multiplexer;
    private RedisWire? _wire;

    private protected string Key { get; } = $"fenced-{System.Security.Cryptography.RandomNumberGenerator.GetHexString(12)}";

    private protected string FenceName => $"{{{Key}}}:fence";

    private protected IDatabase Database => _multiplexer!.GetDatabase();

    private protected RedisServer Server => redis.Server;

    private protected RedisWire Wire => _wire!;

    public async ValueTask InitializeAsync()
    {
        _multiplexer = await ConnectionMultiplexer.ConnectAsync(Server.Address);
        _wire = await Server.ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Wire.SendAsync("DEL", Key, FenceName);
        await Wire.DisposeAsync();
        _multiplexer!.Dispose();
    }

    private protected static long Milliseconds(string? text) => long.Parse(text!, CultureInfo.InvariantCulture);
}
