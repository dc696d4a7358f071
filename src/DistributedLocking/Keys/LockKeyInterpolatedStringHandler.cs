using System.ComponentModel;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace DistributedLocking.Keys;

/// <summary>
/// Builds a lock key from an interpolated string, always in the invariant culture. The compiler uses it; there is no
/// need to name it.
/// </summary>
/// <remarks>A plain struct, so that holes may contain <c>await</c>.</remarks>
[InterpolatedStringHandler]
[EditorBrowsable(EditorBrowsableState.Never)]
public struct LockKeyInterpolatedStringHandler
{
    private const int GuessedHoleLength = 11;

    private readonly StringBuilder _key;
    private StringBuilder.AppendInterpolatedStringHandler _append;
    private int _holes;

    /// <summary>Starts a key.</summary>
    /// <param name="literalLength">The number of characters outside of holes.</param>
    /// <param name="formattedCount">The number of holes.</param>
    public LockKeyInterpolatedStringHandler(int literalLength, int formattedCount)
    {
        _key = new StringBuilder(literalLength + (formattedCount * GuessedHoleLength));
        _append = new StringBuilder.AppendInterpolatedStringHandler(literalLength, formattedCount, _key, CultureInfo.InvariantCulture);
    }

    /// <summary>Appends the text between holes.</summary>
    /// <param name="value">The text.</param>
    public void AppendLiteral(string value) => _append.AppendLiteral(value);

    /// <summary>Appends a hole.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="alignment">The least number of characters, negative to align left.</param>
    /// <param name="format">The format of the value.</param>
    /// <exception cref="ArgumentException">
    /// The value is null, or is not meant for a key: options, a token or a task.
    /// </exception>
    public void AppendFormatted<T>(T value, int alignment = 0, string? format = null)
    {
        LockKeyArgument.Check(value, _holes++);
        if (value is IFormattable)
        {
            _append.AppendFormatted(value, alignment, format);
        }
        else
        {
            _append.AppendFormatted(LockKeyArgument.ToText(value), alignment);
        }
    }

    /// <summary>Appends a hole.</summary>
    /// <param name="value">The characters.</param>
    /// <param name="alignment">The least number of characters, negative to align left.</param>
    /// <param name="format">Has no meaning for characters.</param>
    public void AppendFormatted(ReadOnlySpan<char> value, int alignment = 0, string? format = null)
    {
        _holes++;
        _append.AppendFormatted(value, alignment, format);
    }

    /// <summary>
    /// Appends a hole that is an interpolated string itself, which would otherwise be formatted in the thread's
    /// culture.
    /// </summary>
    /// <param name="value">The inner string.</param>
    /// <param name="alignment">The least number of characters, negative to align left.</param>
    /// <param name="format">Has no meaning for a string.</param>
    public void AppendFormatted(ref LockKeyInterpolatedStringHandler value, int alignment = 0, string? format = null) =>
        AppendFormatted(value.GetKey(), alignment, format);

    internal readonly string GetKey() => _key?.ToString() ?? "";
}
