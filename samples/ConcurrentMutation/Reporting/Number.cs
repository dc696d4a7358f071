using System.Globalization;

namespace ConcurrentMutation.Reporting;

/// <summary>Numbers as text, the same on every machine.</summary>
internal static class Number
{
    internal static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Milliseconds with three digits that count.</summary>
    internal static string Milliseconds(TimeSpan? duration) => duration is not { TotalMilliseconds: var value } ? "-"
        : value.ToString(value >= 100 ? "N0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
}
