using DistributedLocking.Configuration;

namespace DistributedLocking.Retry;

/// <summary>The same delay before each of an unlimited number of retries.</summary>
internal sealed class ForeverRetry(TimeSpan interval) : BuiltInRetryPolicy
{
    // Without a pause the loop would never let go of the store.
    private readonly TimeSpan _interval = CheckDelay(interval, TimeSpan.FromTicks(1));

    public override string ToString() => $"forever {Duration.Format(_interval)}";

    internal override TimeSpan GetTotalDelay() => Timeout.InfiniteTimeSpan;

    protected override TimeSpan? DelayBefore(int retry) => _interval;
}
