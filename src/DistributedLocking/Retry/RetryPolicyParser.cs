using System.Globalization;
using DistributedLocking.Configuration;

namespace DistributedLocking.Retry;

/// <summary>
/// Reads policies from texts: a kind, then durations joined as the kind demands, then the number of retries.
/// </summary>
internal static class RetryPolicyParser
{
    private const string Grammar =
        "none | fixed <interval> x<retries> | linear <initial> +<increment> x<retries> | exponential <initial>..<max> x<retries> | forever <interval>";

    internal static RetryPolicy Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            return Read(text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
                ?? throw new FormatException("A part is missing, or there is one too many.");
        }
        catch (Exception e) when (e is FormatException or ArgumentOutOfRangeException)
        {
            throw new FormatException($"'{text}' is not a retry policy: {e.Message} Write {Grammar}, with durations such as 250ms, 30s or 00:01:30.", e);
        }
    }

    private static RetryPolicy? Read(string[] words) => words switch
    {
        [var kind] when Is(kind, "none") => RetryPolicy.None,
        [var kind, .. var rest] when Is(kind, "forever") => RetryPolicy.Forever(Duration.Parse(Join(rest))),
        [var kind, .. var rest, var count] when Is(kind, "fixed") => RetryPolicy.Fixed(Duration.Parse(Join(rest)), ReadCount(count)),
        [var kind, .. var rest, var count] when Is(kind, "linear") && Join(rest).Split('+') is [var initial, var increment] =>
            RetryPolicy.Linear(Duration.Parse(initial), Duration.Parse(increment), ReadCount(count)),
        [var kind, .. var rest, var count] when Is(kind, "exponential") && Join(rest).Split("..") is [var initial, var max] =>
            RetryPolicy.Exponential(Duration.Parse(initial), Duration.Parse(max), ReadCount(count)),
        _ => null,
    };

    private static bool Is(string word, string kind) => word.Equals(kind, StringComparison.OrdinalIgnoreCase);

    private static string Join(string[] words) => string.Join(' ', words);

    private static int ReadCount(string word) =>
        word is ['x' or 'X', .. var digits] && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count
            : throw new FormatException($"'{word}' is not a number of retries such as x20.");
}
