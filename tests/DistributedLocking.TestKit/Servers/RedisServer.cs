using System.Globalization;

namespace DistributedLocking.TestKit.Servers;

/// <summary>A redis-server for a test: a child process on a free loopback port that keeps nothing on disk.</summary>
public class RedisServer : ServerProcess
{
    private const string Program = "redis-server";
    private const string AddressVariable = "DISTRIBUTEDLOCKING_REDIS";

    private readonly string _directory;
    private readonly string[] _arguments;

    private protected RedisServer(string host, int port, string? directory, string[] arguments)
        : base(host, port, directory)
    {
        _directory = directory ?? "";
        _arguments = arguments;
    }

    /// <summary>The address as StackExchange.Redis and others write it.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    /// <summary>Where the other nodes of a Cluster talk to this one.</summary>
    public int BusPort { get; private init; }

    /// <summary>
    /// Starts a server that is the test's own: it may be frozen, killed and reconfigured. Its data are gone when it
    /// ends.
    /// </summary>
    /// <param name="arguments">More arguments of redis-server, such as <c>--requirepass</c>.</param>
    /// <returns>The running server.</returns>
    public static Task<RedisServer> StartAsync(params string[] arguments) =>
        StartAsync(port => Task.FromResult(new RedisServer("127.0.0.1", port, Directory.CreateTempSubdirectory("redis-").FullName, arguments)));

    /// <summary>Starts a server in Cluster mode, which has no slots yet.</summary>
    /// <param name="arguments">More arguments of redis-server.</param>
    /// <returns>The running server.</returns>
    public static Task<RedisServer> StartClusterNodeAsync(params string[] arguments) => StartAsync(port =>
    {
        var bus = FreePort();
        string[] all =
        [
            "--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1", "--cluster-port", bus.ToString(CultureInfo.InvariantCulture), .. arguments,
        ];
        return Task.FromResult(new RedisServer("127.0.0.1", port, Directory.CreateTempSubdirectory("redis-").FullName, all) { BusPort = bus });
    });

    /// <summary>
    /// The server that the environment variable DISTRIBUTEDLOCKING_REDIS (<c>host:port</c>) names, else a new one. For
    /// tests that need no control over it and keep to keys of their own.
    /// </summary>
    /// <returns>The running server.</returns>
    public static Task<RedisServer> GetSharedAsync() =>
        Environment.GetEnvironmentVariable(AddressVariable) is { Length: > 0 } address && address.Split(':') is [var host, var port]
            ? Task.FromResult(new RedisServer(host, int.Parse(port, CultureInfo.InvariantCulture), directory: null, []))
            : StartAsync();

    /// <summary>
    /// Opens a connection that is no client library's: what a test checks or changes behind the back of the code under
    /// test.
    /// </summary>
    /// <returns>The connection.</returns>
    public Task<RedisWire> ConnectAsync() => RedisWire.ConnectAsync(Host, Port);

    private protected override string Variable => AddressVariable;

    private protected override string ReadyLine => "Ready to accept connections";

    private protected override int StopSignal => UnixSignal.Terminate;

    private protected override IEnumerable<string> CommandLine() =>
    [
        Command.Require(Command.Find(Program), Program, Program, AddressVariable, "host:port"),
        "--dir", _directory, "--bind", Host, "--port", Port.ToString(CultureInfo.InvariantCulture),
        "--save", "", "--appendonly", "no", "--daemonize", "no", .. _arguments,
    ];
}
