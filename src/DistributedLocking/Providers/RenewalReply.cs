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
public readonly record struct RenewalReply(RenewalOutcome Outcome, Exception? Error = null);
