using System.Globalization;
using DistributedLocking.TestServers;

namespace DistributedLocking.Redis.Tests.Doubles;

internal static class ScriptCalls
{
    /// <summary>How many scripts the server was asked to run by their hash since its statistics were reset.</summary>
    internal static async Task<long> CountAsync(RedisServer server)
    {
        await using var wire = await server.ConnectAsync();
        var line = (await wire.SendAsync("INFO", "commandstats"))!.Split("\r\n").FirstOrDefault(each => each.StartsWith("cmdstat_evalsha:", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.Split('=', ',')[1], CultureInfo.InvariantCulture);
    }
}
