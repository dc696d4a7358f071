using System.Globalization;
using System.Text.RegularExpressions;

namespace DistributedLocking.Samples.Tests.EndToEnd;

/// <summary>Reads what the demo prints.</summary>
internal static partial class DemoOutput
{
    /// <summary>The rows of the closing table by the name of their stage.</summary>
    internal static Dictionary<string, (long Mutations, long Inconsistencies, long Errors)> ReadTable(string output)
    {
        var table = output[output.IndexOf("── comparison ─", StringComparison.Ordinal)..];
        return TableRow().Matches(table).ToDictionary(
            row => row.Groups["stage"].Value,
            row => (Count(row.Groups["mutations"]), Count(row.Groups["inconsistencies"]), Count(row.Groups["errors"])),
            StringComparer.Ordinal);

        static long Count(Group group) => long.Parse(group.Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
    }

    /// <summary>The process ids in the blocks of a stage's workers.</summary>
    internal static IEnumerable<int> ReadProcessIds(string line) =>
        ProcessId().Matches(line).Select(match => int.Parse(match.Groups["id"].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(
        @"^ (?<stage>(benchmark )?(no mutex|mutex|row lock|version)) +(?<mutations>[\d,]+)[ █▉▊▋▌▍▎▏]+(?<inconsistencies>[\d,]+)[ █▉▊▋▌▍▎▏]+(?<errors>[\d,]+) ",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex TableRow();

    [GeneratedRegex(@"process (?<id>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ProcessId();
}
