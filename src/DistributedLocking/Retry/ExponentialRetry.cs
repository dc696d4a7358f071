using System.Globalization;
using DistributedLocking.Configuration;

namespace DistributedLocking.Retry;

/// <summary>A delay that doubles with each retry up to a longest one, with equal jitter.</summary>
/// <remarks>
/// Equal jitter as in "Exponential Backoff And Jitter", AWS Architecture Blog, 2015: half of the delay is kept, the
/// other half is random.
/// </remarks>
internal sealed class ExponentialRetry : BuiltInRetryPolicy
{
    private readonly TimeSpan _initial;
    private readonly TimeSpan _max;
    private readonly int _maxRetries;
    private readonly Random _random;

    internal ExponentialRetry(TimeSpan initial, TimeSpan max, int maxRetries, Random? random = null)
    {
        _initial = CheckDelay(initial, TimeSpan.FromTicks(1));
        _max = CheckDelay(max, initial);
        _maxRetries = CheckMaxRetries(maxRetries);
        _random = random ?? Random.Shared;
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"exponential {Duration.Format(_initial)}..{Duration.Format(_max)} x{_maxRetries}");

    internal override TimeSpan GetTotalDelay()
    {
        var total = Int128.Zero;
        var retry = 0;
        for (; retry < _maxRetries && Nominal(retry) < _max.Ticks; retry++)
        {
            total += Nominal(retry);
        }

        return RetryTotal.FromTicks(total + ((Int128)(_maxRetries - retry) * _max.Ticks));
    }

    protected override TimeSpan? DelayBefore(int retry)
    {
        if (retry >= _maxRetries)
        {
            return null;
        }

        var nominal = Nominal(retry);
        return TimeSpan.FromTicks(nominal - (long)(nominal / 2 * _random.NextDouble()));
    }

    // The comparison is made by shifting right, which can't overflow.
    private long Nominal(int retry) => retry < 63 && _initial.Ticks <= _max.Ticks >> retry ? _initial.Ticks << retry : _max.Ticks;
}
