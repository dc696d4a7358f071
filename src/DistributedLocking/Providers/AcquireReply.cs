namespace DistributedLocking.Providers;

/// <summary>The store's answer to an attempt.</summary>
public readonly record struct AcquireReply
{
    /// <summary>Whether the owner holds the key now.</summary>
    public bool IsGranted { get; private init; }

    /// <summary>The fencing token of a grant, larger than all earlier ones of the key.</summary>
    public long FencingToken { get; private init; }

    /// <summary>
    /// Set when the store granted later than it was asked (a queue): the lease lasts this long from the receipt of this answer unless it is
    /// renewed, which the engine does at once. Null: the lease lasts its time to live from before the request was sent.
    /// </summary>
    public TimeSpan? Offer { get; private init; }

    /// <summary>For "not granted": when the present holder's lease ends unless it is renewed, if the store knows.</summary>
    public TimeSpan? HolderExpiresIn { get; private init; }

    /// <summary>The owner holds the key.</summary>
    /// <param name="fencingToken">The grant's token.</param>
    /// <param name="offer">See <see cref="Offer"/>.</param>
    /// <returns>The answer.</returns>
    public static AcquireReply Granted(long fencingToken, TimeSpan? offer = null) => new() { IsGranted = true, FencingToken = fencingToken, Offer = offer };

    /// <summary>Another owner holds the key.</summary>
    /// <param name="holderExpiresIn">See <see cref="HolderExpiresIn"/>.</param>
    /// <returns>The answer.</returns>
    public static AcquireReply NotGranted(TimeSpan? holderExpiresIn = null) => new() { HolderExpiresIn = holderExpiresIn };
}
