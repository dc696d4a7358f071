namespace DistributedLocking.Engine.Leases;

/// <summary>The arithmetic of leases.</summary>
internal static class LeaseTerms
{
    /// <summary>
    /// What is taken off a lease for clocks that run at different speeds, as Redlock does: one hundredth, and two
    /// milliseconds for the stores' coarse clocks. See
    /// https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/.
    /// </summary>
    internal static TimeSpan DriftMargin(TimeSpan timeToLive) => (timeToLive / 100) + TimeSpan.FromMilliseconds(2);

    /// <summary>
    /// How long the holder may rely on a lease, counted from before the request was sent. Not negative: -1 ms would
    /// read as infinite.
    /// </summary>
    internal static TimeSpan Usable(TimeSpan timeToLive)
    {
        var usable = timeToLive - DriftMargin(timeToLive);
        return usable > TimeSpan.Zero ? usable : TimeSpan.Zero;
    }

    /// <summary>
    /// How long after its last exchange with the store a lease is renewed: at a third of what it lasts from then on, or
    /// sooner if configured.
    /// </summary>
    internal static TimeSpan RenewalInterval(TimeSpan? configured, TimeSpan length)
    {
        var third = length / 3;
        return configured < third ? configured.Value : third;
    }

    /// <summary>When to renew again after a failure: soon, but without hammering a store that struggles.</summary>
    internal static TimeSpan RenewalRetryDelay(TimeSpan interval)
    {
        var fifth = interval / 5;
        return fifth > TimeSpan.FromSeconds(5) ? TimeSpan.FromSeconds(5) : fifth;
    }
}
