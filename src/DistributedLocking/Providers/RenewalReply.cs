namespace DistributedLocking.Providers;

/// <summary>What became of a renewal.</summary>
public enum RenewalOutcome
{
    /// <summary>The store did not answer; the lease may or may not have been renewed.</summary>
    Unknown = 0,

    /// <summary>The lease lasts its time to live from before the request was sent.</summary>
    Renewed,

    /// <summary>The owner does not hold the key any more.</summary>
    Lost,
}

/// <summary>The answer to a renewal.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Error">Why it is unknown.</param>
public readonly record struct RenewalReply(RenewalOutcome Outcome, Exception? Error = null)
{
    /// <summary>
    /// The connection, by a number of the provider's choice, whose requests reach the store in the order in which they
    /// are sent. After a renewal that got no answer, the answer to a later one on the same connection says that the
    /// earlier one can't arrive any more; until then a lease counts on no more than the earlier one's time to live.
    /// Null (the default) where that is not known.
    /// </summary>
    public long? Connection { get; init; }
}
