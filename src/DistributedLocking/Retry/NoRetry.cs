namespace DistributedLocking.Retry;

/// <summary>One attempt only.</summary>
internal sealed class NoRetry : BuiltInRetryPolicy
{
    internal static readonly NoRetry Instance = new();

    private NoRetry()
    {
    }

    public override string ToString() => "none";

    internal override TimeSpan GetTotalDelay() => TimeSpan.Zero;

    protected override TimeSpan? DelayBefore(int retry) => null;
}
