using System.Runtime.CompilerServices;
using DistributedLocking.Configuration;

namespace DistributedLocking.Retry;

/// <summary>A policy whose text says all about it, and so decides equality.</summary>
internal abstract class BuiltInRetryPolicy : RetryPolicy
{
    /// <summary>The text that <see cref="RetryPolicy.Parse"/> reads.</summary>
    public abstract override string ToString();

    public sealed override bool Equals(object? obj) => obj is BuiltInRetryPolicy other && string.Equals(ToString(), other.ToString(), StringComparison.Ordinal);

    public sealed override int GetHashCode() => StringComparer.Ordinal.GetHashCode(ToString());

    public sealed override TimeSpan? GetDelay(int retry)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(retry);
        return DelayBefore(retry);
    }

    internal abstract override TimeSpan GetTotalDelay();

    protected abstract TimeSpan? DelayBefore(int retry);

    protected static TimeSpan CheckDelay(TimeSpan delay, TimeSpan least, [CallerArgumentExpression(nameof(delay))] string? parameterName = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, least, parameterName);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(delay, OptionRules.LongestTime, parameterName);
        return delay;
    }

    protected static int CheckMaxRetries(int maxRetries)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxRetries);
        return maxRetries;
    }
}
