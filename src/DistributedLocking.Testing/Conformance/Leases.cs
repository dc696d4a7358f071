namespace DistributedLocking.Testing.Conformance;

/// <summary>The leases that the facts ask for.</summary>
internal static class Leases
{
    /// <summary>Longer than any fact: what becomes free meanwhile was released, and did not lapse.</summary>
    internal static readonly TimeSpan Far = TimeSpan.FromMinutes(3);

    /// <summary>A far lease.</summary>
    internal static AcquireOptions Long { get; } = new() { TimeToLive = Far };

    /// <summary>A far lease, and no limit to the wait for it.</summary>
    internal static AcquireOptions LongWait { get; } = Long with { WaitTimeout = Timeout.InfiniteTimeSpan };

    /// <summary>A lease that is not renewed.</summary>
    internal static AcquireOptions Fixed(TimeSpan timeToLive) => new() { TimeToLive = timeToLive, AutoRenew = false };

    /// <summary>A lease that is renewed.</summary>
    internal static AcquireOptions Renewed(TimeSpan timeToLive) => new() { TimeToLive = timeToLive, AutoRenew = true };

    /// <summary>A far lease, and a limit to the wait for it.</summary>
    internal static AcquireOptions Within(TimeSpan wait) => Long with { WaitTimeout = wait };
}
