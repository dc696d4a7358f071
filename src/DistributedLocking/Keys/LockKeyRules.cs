using System.Runtime.CompilerServices;

namespace DistributedLocking.Keys;

/// <summary>The rules that every key keeps, checked once at the public methods.</summary>
internal static class LockKeyRules
{
    internal static void Check(string? key, [CallerArgumentExpression(nameof(key))] string? parameterName = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(key, parameterName);
        if (!IsWellFormed(key))
        {
            throw new ArgumentException("A lock key must be well-formed UTF-16: it has a surrogate without its partner.", parameterName);
        }
    }

    // Ill-formed text would be encoded with replacement characters, and two keys would become one.
    internal static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        int surrogate;
        while ((surrogate = text.IndexOfAnyInRange('\uD800', '\uDFFF')) >= 0)
        {
            text = text[surrogate..];
            if (text.Length < 2 || !char.IsSurrogatePair(text[0], text[1]))
            {
                return false;
            }

            text = text[2..];
        }

        return true;
    }
}
