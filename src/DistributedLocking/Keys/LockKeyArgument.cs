using System.Globalization;

namespace DistributedLocking.Keys;

/// <summary>What may stand in a placeholder of a key, and its text where the type itself knows no culture.</summary>
internal static class LockKeyArgument
{
    /// <exception cref="ArgumentException">The value would make keys that are equal by mistake.</exception>
    internal static void Check<T>(T value, int position)
    {
        switch (value)
        {
            case null:
                throw new ArgumentException($"Argument {position} of the key is null; it would make the same key as an empty text.", nameof(value));
            case AcquireOptions or CancellationToken:
                throw new ArgumentException(
                    $"Argument {position} of the key is of type {value.GetType().Name}. Options and token go before a format or after an interpolated string.",
                    nameof(value));
            case Task:
                throw new ArgumentException($"Argument {position} of the key is a task; await it.", nameof(value));
        }
    }

    /// <summary>
    /// The text of a value that is not <see cref="IFormattable"/>. Tuples and records print their members in the
    /// thread's culture.
    /// </summary>
    internal static string? ToText<T>(T value)
    {
        if (value is string text)
        {
            return text;
        }

        var culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            return value?.ToString();
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }
}
