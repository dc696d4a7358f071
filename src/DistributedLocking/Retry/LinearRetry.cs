using System.Globalization;
using DistributedLocking.Configuration;

namespace DistributedLocking.Retry;

/// <summary>A delay that grows by the same amount with each retry, up to the longest time that a timer takes.</summary>
internal sealed class LinearRetry(TimeSpan initial, TimeSpan increment, int maxRetries) : BuiltInRetryPolicy
{
    private readonly TimeSpan _initial = CheckDelay(initial, TimeSpan.Zero);
    private readonly TimeSpan _increment = CheckDelay(increment, TimeSpan.Zero);
    private readonly int _maxRetries = CheckMaxRetries(maxRetries);

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"linear {Duration.Format(_initial)} +{Duration.Format(_increment)} x{_maxRetries}");

    internal override TimeSpan GetTotalDelay()
    {
        // An arithmetic series up to the retry at which the delay stops growing, then the longest delay for the rest.
        var max = OptionRules.LongestTime.Ticks;
        var growing = _increment == TimeSpan.Zero ? _maxRetries : Math.Min(_maxRetries, ((max - _initial.Ticks) / _increment.Ticks) + 1);
        var series = ((Int128)growing * _initial.Ticks) + ((Int128)growing * (growing - 1) / 2 * _increment.Ticks);
        return RetryTotal.FromTicks(series + ((Int128)(_maxRetries - growing) * max));
    }

    protected override TimeSpan? DelayBefore(int retry)
    {
        if (retry >= _maxRetries)
        {
            return null;
        }

        var ticks = _initial.Ticks + ((Int128)_increment.Ticks * retry);
        return TimeSpan.FromTicks((long)Int128.Min(ticks, OptionRules.LongestTime.Ticks));
    }
}
