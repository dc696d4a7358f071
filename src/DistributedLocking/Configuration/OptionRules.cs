using DistributedLocking.Keys;

namespace DistributedLocking.Configuration;

/// <summary>The ranges of the options, for the configured ones and for those of a single call.</summary>
internal static class OptionRules
{
    internal static readonly TimeSpan ShortestTimeToLive = TimeSpan.FromMilliseconds(10);

    internal static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(1);

    /// <summary>Timers and the stores' millisecond counts end a little above.</summary>
    internal static readonly TimeSpan LongestTime = TimeSpan.FromDays(24);

    internal static readonly TimeSpan LongestHandOver = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Puts the class before a sentence that begins with the option's name: an application has several classes of
    /// options.
    /// </summary>
    internal static string Name(Type options, string failure) => $"{options.Name}.{failure}";

    internal static IEnumerable<string> Check(DistributedLockOptions options)
    {
        if (options.TimeToLive < ShortestTimeToLive || options.TimeToLive > LongestTime)
        {
            yield return $"{nameof(options.TimeToLive)} {options.TimeToLive} must be from {ShortestTimeToLive} to {LongestTime}.";
        }

        if (options.Retry is null)
        {
            yield return $"{nameof(options.Retry)} must not be null; {nameof(RetryPolicy)}.{nameof(RetryPolicy.None)} means no retry.";
        }

        if (options.RenewalInterval < ShortestInterval)
        {
            yield return $"{nameof(options.RenewalInterval)} {options.RenewalInterval} must be at least {ShortestInterval}.";
        }
        else if (options.RenewalInterval >= options.TimeToLive)
        {
            yield return $"{nameof(options.RenewalInterval)} {options.RenewalInterval} must be shorter than {nameof(options.TimeToLive)} {options.TimeToLive}.";
        }

        if (options.MaxHoldTime <= TimeSpan.Zero || options.MaxHoldTime > LongestTime)
        {
            yield return $"{nameof(options.MaxHoldTime)} {options.MaxHoldTime} must be positive and at most {LongestTime}.";
        }

        if (options.HandOverTime < TimeSpan.Zero || options.HandOverTime > LongestHandOver)
        {
            yield return $"{nameof(options.HandOverTime)} {options.HandOverTime} must be from zero to {LongestHandOver}.";
        }

        if (options.KeyPrefix is null || !LockKeyRules.IsWellFormed(options.KeyPrefix))
        {
            yield return $"{nameof(options.KeyPrefix)} must be well-formed UTF-16 and not null; it may be empty.";
        }

        if (options.Name is { } name && string.IsNullOrWhiteSpace(name))
        {
            yield return $"{nameof(options.Name)} must not be blank; null means none.";
        }
    }

    /// <param name="timeToLive">The value.</param>
    /// <param name="parameterName">The public method's parameter.</param>
    /// <param name="name">What the value is called in the message.</param>
    internal static void CheckTimeToLive(TimeSpan? timeToLive, string parameterName, string name)
    {
        if (timeToLive < ShortestTimeToLive || timeToLive > LongestTime)
        {
            throw new ArgumentOutOfRangeException(parameterName, $"{name} {timeToLive} must be from {ShortestTimeToLive} to {LongestTime}.");
        }
    }

    internal static void Check(AcquireOptions? options)
    {
        if (options is null)
        {
            return;
        }

        CheckTimeToLive(options.TimeToLive, nameof(options), $"{nameof(AcquireOptions)}.{nameof(options.TimeToLive)}");
        if (options.WaitTimeout < TimeSpan.Zero && options.WaitTimeout != Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), $"{nameof(AcquireOptions)}.{nameof(options.WaitTimeout)} {options.WaitTimeout} must be zero, positive, or Timeout.InfiniteTimeSpan.");
        }

        if (options.MaxHoldTime <= TimeSpan.Zero || options.MaxHoldTime > LongestTime)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), $"{nameof(AcquireOptions)}.{nameof(options.MaxHoldTime)} {options.MaxHoldTime} must be positive and at most {LongestTime}.");
        }
    }
}
