using System.Globalization;

namespace DistributedLocking.Configuration;

/// <summary>
/// Durations as text: a number with its unit, such as <c>250ms</c>, or <c>00:01:30</c>. None is negative.
/// </summary>
internal static class Duration
{
    // Longest first. A text that ends in "ms" ends in "s" too, but "5m" is no number, so every unit that fits is tried.
    private static readonly (string Name, long Ticks)[] Units =
    [
        ("d", TimeSpan.TicksPerDay),
        ("h", TimeSpan.TicksPerHour),
        ("m", TimeSpan.TicksPerMinute),
        ("s", TimeSpan.TicksPerSecond),
        ("ms", TimeSpan.TicksPerMillisecond),
    ];

    /// <summary>Reads a duration, rounded to the nearest tick.</summary>
    /// <exception cref="FormatException">The text is not a duration, or one that is negative or too long.</exception>
    internal static TimeSpan Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text.AsSpan().Trim(), out var value)
            ? value
            : throw new FormatException($"'{text}' is not a duration such as 250ms, 30s, 5m, 1h, 2d, 00:01:30 or 1.12:00:00; it can't be negative.");
    }

    /// <summary>
    /// Writes what <see cref="Parse"/> reads back to the same tick, in the longest unit that needs no fraction.
    /// </summary>
    internal static string Format(TimeSpan value)
    {
        // Zero is a multiple of every unit, and "0d" would look odd.
        var unit = Array.Find(Units, unit => value != TimeSpan.Zero && value.Ticks % unit.Ticks == 0);
        return unit.Name switch
        {
            null or "ms" => string.Create(CultureInfo.InvariantCulture, $"{(decimal)value.Ticks / TimeSpan.TicksPerMillisecond:0.####}ms"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{value.Ticks / unit.Ticks}{unit.Name}"),
        };
    }

    private static bool TryParse(ReadOnlySpan<char> text, out TimeSpan value)
    {
        if (text.Contains(':'))
        {
            // The constant format refuses 24:00:00, which TimeSpan.Parse would read as 24 days.
            return TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out value) && value >= TimeSpan.Zero;
        }

        value = default;
        foreach (var (name, ticks) in Units)
        {
            if (text.EndsWith(name, StringComparison.OrdinalIgnoreCase) && TryScale(text[..^name.Length].TrimEnd(), ticks, out value))
            {
                return true;
            }
        }

        // A bare number would be read as days, which nobody means.
        return false;
    }

    private static bool TryScale(ReadOnlySpan<char> number, long unit, out TimeSpan value)
    {
        value = default;
        if (number is not [>= '0' and <= '9', ..]
            || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
            || count > (decimal)TimeSpan.MaxValue.Ticks / unit)
        {
            return false;
        }

        value = TimeSpan.FromTicks((long)decimal.Round(count * unit));
        return true;
    }
}
