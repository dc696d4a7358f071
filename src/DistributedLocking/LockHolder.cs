using DistributedLocking.Providers;

namespace DistributedLocking;

/// <summary>
/// Somebody who holds a key, as the store tells it. What a store does not know is null; the documentation says which
/// store knows what.
/// </summary>
public sealed record LockHolder
{
    /// <summary>The key, without the prefix.</summary>
    public required string Key { get; init; }

    /// <summary>What it holds of the key.</summary>
    public required LockHolderKind Kind { get; init; }

    /// <summary>
    /// The value that proves ownership, where the store keeps one: <see cref="IDistributedLockHandle.OwnerId"/>. Who
    /// knows it can release the lock.
    /// </summary>
    public string? OwnerId { get; init; }

    /// <summary>The holder's machine: its name, or for row locks its address.</summary>
    public string? Machine { get; init; }

    /// <summary>The holder's process on that machine.</summary>
    public int? ProcessId { get; init; }

    /// <summary>The store's own number for the session that holds the lock, where one does.</summary>
    public long? Session { get; init; }

    /// <summary>When it began to hold the key, or to wait for it where the store knows only that.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>How long its lease lasts unless it is renewed.</summary>
    public TimeSpan? TimeLeft { get; init; }

    /// <summary>
    /// How many wait for the key in the store's queue, the same for all that hold it. Each process has one place there,
    /// however many of its callers wait.
    /// </summary>
    public int? Waiting { get; init; }

    /// <summary>Its fencing token, the newest one where it has several.</summary>
    public long? FencingToken { get; init; }

    /// <summary>Which of the key's three locks it is.</summary>
    internal LockMode Mode => Kind switch
    {
        LockHolderKind.Reader or LockHolderKind.Writer => LockMode.Shared,
        LockHolderKind.Permit => LockMode.Counted,
        _ => LockMode.Exclusive,
    };
}
