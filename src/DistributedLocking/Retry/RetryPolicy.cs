using DistributedLocking.Retry;

namespace DistributedLocking;

/// <summary>
/// The pace of polling for a lock that somebody else holds, and by the sum of its delays the budget of a wait that has
/// no <see cref="AcquireOptions.WaitTimeout"/>.
/// </summary>
/// <remarks>
/// The built-in policies are immutable, equal when their values are equal, and print the text that <see cref="Parse"/>
/// reads. Delays are from zero to 24 days. A policy of your own derives from this class; it is called concurrently.
/// </remarks>
public abstract class RetryPolicy
{
    private const int MaxCountedRetries = 10_000;
    private const long NotCounted = long.MinValue;

    private long _totalTicks = NotCounted;

    /// <summary>No retry: one attempt.</summary>
    public static RetryPolicy None => NoRetry.Instance;

    /// <summary>The same delay before each retry.</summary>
    /// <param name="interval">The delay.</param>
    /// <param name="maxRetries">The number of retries, zero or more.</param>
    /// <returns>The policy.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The interval is negative or above 24 days, or the number is negative.
    /// </exception>
    public static RetryPolicy Fixed(TimeSpan interval, int maxRetries) => new FixedRetry(interval, maxRetries);

    /// <summary>A delay that grows by the same amount with each retry, up to 24 days.</summary>
    /// <param name="initial">The delay before the first retry.</param>
    /// <param name="increment">What each further delay is longer.</param>
    /// <param name="maxRetries">The number of retries, zero or more.</param>
    /// <returns>The policy.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A duration is negative or above 24 days, or the number is negative.
    /// </exception>
    public static RetryPolicy Linear(TimeSpan initial, TimeSpan increment, int maxRetries) => new LinearRetry(initial, increment, maxRetries);

    /// <summary>A delay that doubles with each retry up to a longest one.</summary>
    /// <param name="initial">The delay before the first retry; positive.</param>
    /// <param name="max">The longest delay, not shorter than the first.</param>
    /// <param name="maxRetries">The number of retries, zero or more.</param>
    /// <returns>The policy.</returns>
    /// <remarks>
    /// Each delay is random within the upper half of its nominal value ("equal jitter"), so that waiters that began
    /// together spread out. The budget of a wait counts the nominal values.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A duration is out of its range or above 24 days, or the number is negative.
    /// </exception>
    public static RetryPolicy Exponential(TimeSpan initial, TimeSpan max, int maxRetries) => new ExponentialRetry(initial, max, maxRetries);

    /// <summary>The same delay before each of an unlimited number of retries.</summary>
    /// <param name="interval">The delay; positive.</param>
    /// <returns>The policy.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The interval is not positive, or above 24 days.</exception>
    public static RetryPolicy Forever(TimeSpan interval) => new ForeverRetry(interval);

    /// <summary>Reads a policy from a text, for configuration files.</summary>
    /// <param name="text">
    /// One of <c>none</c>, <c>fixed 250ms x20</c>, <c>linear 100ms +50ms x10</c>, <c>exponential 50ms..5s x30</c> and
    /// <c>forever 250ms</c>, with the meaning of the methods of the same names; <c>x20</c> is the number of retries. A
    /// duration is a number with <c>ms</c>, <c>s</c>, <c>m</c>, <c>h</c> or <c>d</c>, or <c>hh:mm:ss</c>. Case does not
    /// matter, nor does the amount of space.
    /// </param>
    /// <returns>The policy.</returns>
    /// <exception cref="FormatException">The text is none of these, or a value is out of its range.</exception>
    public static RetryPolicy Parse(string text) => RetryPolicyParser.Parse(text);

    /// <summary>The delay before a retry.</summary>
    /// <param name="retry">The number of retries made so far in this wait: 0 for the first retry.</param>
    /// <returns>The delay, zero for none; null to give up.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="retry"/> is negative.</exception>
    public abstract TimeSpan? GetDelay(int retry);

    /// <summary>
    /// The nominal sum of all delays, counted once; <see cref="Timeout.InfiniteTimeSpan"/> when it has no end.
    /// </summary>
    internal virtual TimeSpan GetTotalDelay()
    {
        var ticks = Interlocked.Read(ref _totalTicks);
        if (ticks == NotCounted)
        {
            ticks = CountDelays().Ticks;
            Interlocked.Exchange(ref _totalTicks, ticks);
        }

        return TimeSpan.FromTicks(ticks);
    }

    // A policy that goes on after so many retries is taken for an endless one.
    private TimeSpan CountDelays()
    {
        var total = Int128.Zero;
        for (var retry = 0; retry <= MaxCountedRetries; retry++)
        {
            switch (GetDelay(retry))
            {
                case null:
                    return RetryTotal.FromTicks(total);
                case { } delay when delay == Timeout.InfiniteTimeSpan:
                    return Timeout.InfiniteTimeSpan;
                case { } delay:
                    total += Math.Max(delay.Ticks, 0);
                    break;
            }
        }

        return Timeout.InfiniteTimeSpan;
    }
}
