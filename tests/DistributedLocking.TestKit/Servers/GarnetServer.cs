using System.Globalization;

namespace DistributedLocking.TestKit.Servers;

/// <summary>
/// A Garnet server for a test, which speaks Redis's protocol: a child process on a free loopback port that keeps
/// nothing on disk.
/// </summary>
public sealed class GarnetServer : RedisServer
{
    private readonly string[] _arguments;

    private GarnetServer(int port, string[] arguments)
        : base("127.0.0.1", port, directory: null, [])
    {
        _arguments = arguments;
    }

    /// <summary>Starts a server that runs Lua scripts.</summary>
    /// <param name="inTransactions">Whether it runs a script in one piece (<c>--lua-transaction-mode</c>). By default
    /// it does not.</param>
    /// <param name="arguments">More arguments of Garnet.</param>
    /// <returns>The running server.</returns>
    public static async Task<RedisServer> StartAsync(bool inTransactions, params string[] arguments)
    {
        string[] all = ["--lua", .. inTransactions ? ["--lua-transaction-mode"] : Array.Empty<string>(), .. arguments];
        return await StartAsync(port => Task.FromResult(new GarnetServer(port, all)));
    }

    private protected override IEnumerable<string> CommandLine() =>
    [
        "dotnet", TestWorker.Path, "garnet", "--bind", Host, "--port", Port.ToString(CultureInfo.InvariantCulture), "--memory", "128m", "--index", "8m", .. _arguments,
    ];
}
