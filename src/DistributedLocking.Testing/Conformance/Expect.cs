using System.Diagnostics.CodeAnalysis;

namespace DistributedLocking.Testing.Conformance;

/// <summary>The facts' assertions. Each message says what should have been.</summary>
internal static class Expect
{
    internal static void True([DoesNotReturnIf(false)] bool condition, string message)
    {
        if (!condition)
        {
            throw new ConformanceException(message);
        }
    }

    internal static void False([DoesNotReturnIf(true)] bool condition, string message) => True(!condition, message);

    internal static void Null(object? value, string message) => True(value is null, message);

    internal static T NotNull<T>([NotNull] T? value, string message)
        where T : class
    {
        True(value is not null, message);
        return value;
    }

    internal static void Equal<T>(T expected, T actual, string what) =>
        True(EqualityComparer<T>.Default.Equals(expected, actual), $"{what} should be {expected} and is {actual}.");

    internal static void AtMost<T>(T limit, T actual, string what)
        where T : IComparable<T> =>
        True(actual.CompareTo(limit) <= 0, $"{what} should be at most {limit} and is {actual}.");

    internal static void AtLeast<T>(T limit, T actual, string what)
        where T : IComparable<T> =>
        True(actual.CompareTo(limit) >= 0, $"{what} should be at least {limit} and is {actual}.");

    internal static void Rising(IReadOnlyList<long> tokens)
    {
        for (var i = 1; i < tokens.Count; i++)
        {
            True(tokens[i] > tokens[i - 1], $"Token {i + 1} of {tokens.Count} should be larger than {tokens[i - 1]} and is {tokens[i]}.");
        }
    }

    internal static async Task<TException> ThrowsAsync<TException>(Func<Task> action, string message)
        where TException : Exception
    {
        try
        {
            await action().ConfigureAwait(false);
        }
        catch (TException e)
        {
            return e;
        }
        catch (Exception e) when (e is not ConformanceException)
        {
            throw new ConformanceException($"{message} Expected {typeof(TException).Name}, got {e.GetType().Name}: {e.Message}", e);
        }

        throw new ConformanceException($"{message} Expected {typeof(TException).Name}, and nothing was thrown.");
    }
}
