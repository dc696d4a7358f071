using System.Globalization;

namespace ConcurrentMutation.Options;

/// <summary>Durations as people type and read them: <c>250ms</c>, <c>10s</c>, <c>2m</c>.</summary>
internal static class DurationText
{
    private const double LongestMilliseconds = 24 * 60 * 60 * 1_000;

    private static readonly (string Unit, double Milliseconds)[] Units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

    /// <summary>Reads a duration.</summary>
    /// <exception cref="FormatException">The text is no duration, negative, or longer than a day.</exception>
    internal static TimeSpan Parse(string text)
    {
        var trimmed = text.Trim();
        foreach (var (unit, milliseconds) in Units)
        {
            if (trimmed.EndsWith(unit, StringComparison.OrdinalIgnoreCase)
                && double.TryParse(trimmed.AsSpan(0, trimmed.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                && number * milliseconds <= LongestMilliseconds)
            {
                return TimeSpan.FromMilliseconds(number * milliseconds);
            }
        }

        throw new FormatException($"'{text}' is not a duration such as 250ms, 10s or 2m (a day at most)");
    }

    internal static string Format(TimeSpan duration)
    {
        var (unit, milliseconds) = duration.TotalMilliseconds switch
        {
            >= 60_000 when duration.Ticks % TimeSpan.TicksPerMinute == 0 => ("min", 60_000),
            >= 1_000 => ("s", 1_000),
            _ => ("ms", 1),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds / milliseconds:0.###} {unit}");
    }
}
