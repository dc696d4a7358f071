namespace DistributedLocking.Providers;

/// <summary>The store's answer to an attempt.</summary>
public readonly record struct AcquireReply
{
    /// <summary>Whether the owner holds the key now.</summary>
    public bool IsGranted { get; private init; }

    /// <summary>The fencing token of a grant, larger than all earlier ones of the key.</summary>
    public long FencingToken { get; private init; }

    /// <summary>
    /// Set when the store granted later than it was asked (a queue): it ends the lease so long after the grant unless
    /// it is renewed, which the engine does at once. Null: the lease lasts its time to live from before the request was
    /// sent.
    /// </summary>
    public TimeSpan? Offer { get; private init; }

    /// <summary>
    /// How many fencing tokens in a row, from <see cref="FencingToken"/> on, no other grant of the key uses.
    /// </summary>
    public int Tokens { get; private init; }

    /// <summary>
    /// For "not granted": when the present holder's lease ends unless it is renewed, if the store knows.
    /// </summary>
    public TimeSpan? HolderExpiresIn { get; private init; }

    /// <summary>The owner holds the key.</summary>
    /// <param name="fencingToken">The grant's token.</param>
    /// <param name="offer">See <see cref="Offer"/>.</param>
    /// <param name="tokens">See <see cref="Tokens"/>.</param>
    /// <returns>The answer.</returns>
    public static AcquireReply Granted(long fencingToken, TimeSpan? offer = null, int tokens = 1) =>
        new() { IsGranted = true, FencingToken = fencingToken, Offer = offer, Tokens = tokens };

    /// <summary>Another owner holds the key.</summary>
    /// <param name="holderExpiresIn">See <see cref="HolderExpiresIn"/>.</param>
    /// <returns>The answer.</returns>
    public static AcquireReply NotGranted(TimeSpan? holderExpiresIn = null) => new() { HolderExpiresIn = holderExpiresIn };
}
