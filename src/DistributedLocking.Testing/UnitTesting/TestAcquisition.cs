using DistributedLocking.Providers;

namespace DistributedLocking.Testing;

/// <summary>One lock, share of a lock or permit that the code under test acquired through a <see cref="TestDistributedLock"/>.</summary>
public sealed class TestAcquisition
{
    private readonly IDistributedLockHandle _handle;
    private long _releasedAtTicks;

    internal TestAcquisition(IDistributedLockHandle handle, LockMode mode, int limit, DateTimeOffset acquiredAt)
    {
        _handle = handle;
        Mode = mode;
        Limit = limit;
        AcquiredAt = acquiredAt;
    }

    /// <summary>The key.</summary>
    public string Key => _handle.Key;

    /// <summary>Which of the key's three: the lock, the reader-writer lock or the semaphore.</summary>
    public LockMode Mode { get; }

    /// <summary>
    /// How many may hold it at once: 1 for a lock and a writer, <see cref="int.MaxValue"/> for a reader, else the
    /// semaphore's count.
    /// </summary>
    public int Limit { get; }

    /// <summary>The fencing token.</summary>
    public long FencingToken => _handle.FencingToken;

    /// <summary>When it was acquired, by the clock of the <see cref="TestDistributedLock"/>.</summary>
    public DateTimeOffset AcquiredAt { get; }

    /// <summary>
    /// When the code under test released it; null when it did not, or when the lock had been lost before.
    /// </summary>
    public DateTimeOffset? ReleasedAt => Interlocked.Read(ref _releasedAtTicks) is var ticks and not 0 ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>Whether it is held now.</summary>
    public bool IsHeld => _handle.IsHeld;

    /// <summary>Whether the code under test released it while it was held.</summary>
    public bool IsReleased => ReleasedAt is not null;

    /// <summary>Whether it ended without a release.</summary>
    public bool IsLost => !IsHeld && !IsReleased;

    internal IDistributedLockHandle Handle => _handle;

    internal void MarkReleased(DateTimeOffset at) => Interlocked.CompareExchange(ref _releasedAtTicks, at.UtcTicks, 0);
}
