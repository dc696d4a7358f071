using System.Globalization;
using DistributedLocking.Configuration;

namespace DistributedLocking.Retry;

/// <summary>The same delay before each retry.</summary>
internal sealed class FixedRetry(TimeSpan interval, int maxRetries) : BuiltInRetryPolicy
{
    private readonly TimeSpan _interval = CheckDelay(interval, TimeSpan.Zero);
    private readonly int _maxRetries = CheckMaxRetries(maxRetries);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"fixed {Duration.Format(_interval)} x{_maxRetries}");

    internal override TimeSpan GetTotalDelay() => RetryTotal.FromTicks((Int128)_interval.Ticks * _maxRetries);

    protected override TimeSpan? DelayBefore(int retry) => retry < _maxRetries ? _interval : null;
}
