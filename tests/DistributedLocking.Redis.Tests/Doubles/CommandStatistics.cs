using System.Globalization;
using DistributedLocking.TestKit.Servers;

namespace DistributedLocking.Redis.Tests.Doubles;

/// <summary>What the server counts for each command since its statistics were reset.</summary>
internal static class CommandStatistics
{
    /// <summary>How many scripts the server was asked to run by their hash.</summary>
    internal static async Task<long> CountScriptsAsync(RedisServer server)
    {
        await using var wire = await server.ConnectAsync();
        return Read(await wire.SendAsync("INFO", "commandstats"), "evalsha");
    }

    /// <summary>
    /// A figure of a command in the answer to <c>INFO commandstats</c>; zero when it was never called.
    /// </summary>
    internal static long Read(string? answer, string command, string figure = "calls")
    {
        var prefix = $"cmdstat_{command}:";
        var line = answer!.Split("\r\n").FirstOrDefault(each => each.StartsWith(prefix, StringComparison.Ordinal));
        var value = line?[prefix.Length..].Split(',').Single(each => each.StartsWith($"{figure}=", StringComparison.Ordinal)).Split('=')[1];
        return value is null ? 0 : long.Parse(value, CultureInfo.InvariantCulture);
    }
}
