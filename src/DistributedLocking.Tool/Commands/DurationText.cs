using System.CommandLine.Parsing;
using System.Globalization;

namespace DistributedLocking.Tool.Commands;

/// <summary>Durations on the command line: <c>250ms</c>, <c>10s</c>, <c>5m</c>, <c>1h</c>; without a unit, seconds.</summary>
internal static class DurationText
{
    private static readonly (string Unit, double Seconds)[] Units = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("", 1)];

    internal static TimeSpan? Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var (unit, seconds) = Array.Find(Units, one => text.EndsWith(one.Unit, StringComparison.Ordinal));
        if (double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count) && count <= 1e6)
        {
            return TimeSpan.FromSeconds(count * seconds);
        }

        result.AddError($"'{text}' is no duration, such as 250ms, 10s or 5m.");
        return null;
    }
}
