using System.Globalization;
using System.Text.RegularExpressions;

namespace DistributedLocking.Benchmarks.Stores;

/// <summary>
/// Tells what clients sent from what scripts did, since Redis counts both in <c>INFO commandstats</c> (and in
/// total_commands_processed): of the commands, those that one of the package's scripts calls are left out, and so is
/// the INFO that asks. What is left is EVALSHA, EVAL, SUBSCRIBE, PING and the like. A command that the package called
/// both in a script and directly would be missed; it has none.
/// </summary>
internal static partial class CommandStatistics
{
    /// <param name="commandStatistics">The answer to <c>INFO commandstats</c>.</param>
    /// <param name="scripts">The package's scripts.</param>
    internal static long CountOfClients(string commandStatistics, IEnumerable<string> scripts)
    {
        HashSet<string> notOfClients =
            [.. scripts.SelectMany(text => Call().Matches(text)).Select(match => match.Groups["command"].Value.ToLowerInvariant()), "info"];
        return Line().Matches(commandStatistics)
            .Where(match => !notOfClients.Contains(match.Groups["command"].Value))
            .Sum(match => long.Parse(match.Groups["calls"].Value, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex("redis\\.p?call\\(\\s*['\"](?<command>\\w+)['\"]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Call();

    [GeneratedRegex(@"cmdstat_(?<command>\w+)(\|\w+)?:calls=(?<calls>\d+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Line();
}
