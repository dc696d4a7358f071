using System.Globalization;
using System.Text;

namespace DistributedLocking.Keys;

/// <summary>Keys from a composite format, always in the invariant culture.</summary>
internal static class LockKeyFormat
{
    /// <exception cref="ArgumentException">An argument is null, or is not meant for a key.</exception>
    /// <exception cref="FormatException">
    /// The format is malformed, or its placeholders don't match the arguments.
    /// </exception>
    internal static string Format(string format, object?[]? arguments)
    {
        ArgumentNullException.ThrowIfNull(format);

        // The compiler passes a lone null as the array itself.
        arguments ??= [null];
        for (var i = 0; i < arguments.Length; i++)
        {
            LockKeyArgument.Check(arguments[i], i);
        }

        CheckCount(format, CompositeFormat.Parse(format).MinimumArgumentCount, arguments.Length);

        // Not from the parsed format: without arguments that leaves escaped braces doubled.
        var values = Array.ConvertAll(arguments, argument => argument is IFormattable ? argument : LockKeyArgument.ToText(argument));
        return string.Format(CultureInfo.InvariantCulture, format, values);
    }

    private static void CheckCount(string format, int needed, int given)
    {
        if (needed > given)
        {
            throw new FormatException($"The format of the key has the placeholder {{{needed - 1}}}, but the number of arguments is {given}.");
        }

        // What string.Format lets pass: the argument would be missing from the key, and keys meant to differ would be
        // equal.
        var used = UsedArguments(format, needed);
        for (var i = 0; i < given; i++)
        {
            if (i >= needed || !used[i])
            {
                throw new FormatException($"The format of the key has no placeholder {{{i}}} for argument {i}.");
            }
        }
    }

    private static bool[] UsedArguments(string format, int count)
    {
        var used = new bool[count];
        for (var at = 0; (at = format.IndexOf('{', at)) >= 0; at++)
        {
            if (format[++at] == '{')
            {
                continue;
            }

            var index = 0;
            for (; char.IsAsciiDigit(format[at]); at++)
            {
                index = (index * 10) + (format[at] - '0');
            }

            used[index] = true;
        }

        return used;
    }
}
