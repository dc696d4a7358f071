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

        if (options.KeyPrefix is null || !LockKey.IsWellFormed(options.KeyPrefix))
        {
            yield return $"{nameof(options.KeyPrefix)} must be well-formed UTF-16 and not null; it may be empty.";
        }
    }

    internal static void CheckTimeToLive(TimeSpan? timeToLive, string parameterName)
    {
        if (timeToLive < ShortestTimeToLive || timeToLive > LongestTime)
        {
            throw new ArgumentOutOfRangeException(parameterName, timeToLive, $"TimeToLive must be from {ShortestTimeToLive} to {LongestTime}.");
        }
    }

    internal static void Check(AcquireOptions? options)
    {
        if (options is null)
        {
            return;
        }

        CheckTimeToLive(options.TimeToLive, nameof(options));
        if (options.WaitTimeout < TimeSpan.Zero && options.WaitTimeout != Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.WaitTimeout, $"{nameof(options.WaitTimeout)} must be zero, positive, or Timeout.InfiniteTimeSpan.");
        }

        if (options.MaxHoldTime <= TimeSpan.Zero || options.MaxHoldTime > LongestTime)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.MaxHoldTime, $"{nameof(options.MaxHoldTime)} must be positive and at most {LongestTime}.");
        }
    }
}
