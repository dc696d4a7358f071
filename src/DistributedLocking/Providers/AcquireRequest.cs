namespace DistributedLocking.Providers;

/// <summary>
/// One attempt to acquire a key. Later versions may add members, each with a default that means what this version does.
/// </summary>
public readonly record struct AcquireRequest
{
    private readonly int _tokens;
    private readonly int _limit;

    /// <summary>The key, as the caller gave it.</summary>
    public required string Key { get; init; }

    /// <summary>
    /// The value that proves ownership. It stays the same for a whole wait, so repeating the request keeps a place in a
    /// queue alive.
    /// </summary>
    public required string OwnerId { get; init; }

    /// <summary>The lease asked for.</summary>
    public required TimeSpan TimeToLive { get; init; }

    /// <summary>
    /// How long the store itself may wait before it answers "not granted"; infinite is
    /// <see cref="Timeout.InfiniteTimeSpan"/>. Zero for providers without <see cref="LockProviderCapabilities.Queue"/>
    /// in the exclusive mode, else what the caller's wait has left: the owner then wants a place in the queue. In the
    /// other modes a provider without a queue may use it to keep readers from passing a writer that waits.
    /// </summary>
    public TimeSpan StoreWait { get; init; }

    /// <summary>
    /// How many fencing tokens in a row the holder can use, one for each caller of its process that the lock is handed
    /// on to. Default and least: one. A provider that reserves them says so in <see cref="AcquireReply.Tokens"/>.
    /// </summary>
    public int Tokens
    {
        get => Math.Max(_tokens, 1);
        init => _tokens = value;
    }

    /// <summary>How the key is shared.</summary>
    public LockMode Mode { get; init; }

    /// <summary>
    /// How many may hold the key at once, the owner included: 1 (default and least) for a lock and for a writer, the
    /// count of a semaphore, <see cref="int.MaxValue"/> for a reader.
    /// </summary>
    /// <remarks>
    /// One rule serves all modes. Let A be the holders and those that came before and wait: the owner is granted the
    /// key when A has fewer members than this, and none of them has the limit 1.
    /// </remarks>
    public int Limit
    {
        get => Math.Max(_limit, 1);
        init => _limit = value;
    }
}
