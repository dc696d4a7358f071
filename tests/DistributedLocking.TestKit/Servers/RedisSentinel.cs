using System.Globalization;

namespace DistributedLocking.TestKit.Servers;

/// <summary>
/// A Sentinel for a test, which watches over a primary and its replicas: a child process on a free loopback port.
/// </summary>
public sealed class RedisSentinel : RedisServer
{
    /// <summary>What the primary is called.</summary>
    public const string Service = "locks";

    private readonly string _configuration;

    private RedisSentinel(int port, string directory, string configuration)
        : base("127.0.0.1", port, directory, [])
    {
        _configuration = configuration;
    }

    /// <summary>
    /// Starts one of several. Two have to agree that the primary is away, for a second, before they replace it.
    /// </summary>
    /// <param name="primary">The primary.</param>
    /// <returns>The running Sentinel.</returns>
    public static async Task<RedisServer> StartAsync(RedisServer primary) => await StartAsync(port => CreateAsync(port, primary));

    private protected override string ReadyLine => "+monitor master";

    private protected override IEnumerable<string> CommandLine() => [.. base.CommandLine().Take(1), _configuration, "--sentinel"];

    private static async Task<RedisSentinel> CreateAsync(int port, RedisServer primary)
    {
        var directory = Directory.CreateTempSubdirectory("sentinel-").FullName;
        var file = Path.Combine(directory, "sentinel.conf");
        await File.WriteAllTextAsync(file, string.Create(CultureInfo.InvariantCulture, $"""
            port {port}
            bind 127.0.0.1
            dir {directory}
            sentinel monitor {Service} {primary.Host} {primary.Port} 2
            sentinel down-after-milliseconds {Service} 1000
            sentinel failover-timeout {Service} 5000

            """));
        return new RedisSentinel(port, directory, file);
    }
}
