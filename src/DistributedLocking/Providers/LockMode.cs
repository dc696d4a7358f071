namespace DistributedLocking.Providers;

/// <summary>
/// How a key is shared. The same key has three separate locks, one for each mode. Providers refuse modes that they
/// don't know with <see cref="NotSupportedException"/>.
/// </summary>
public enum LockMode
{
    /// <summary>A lock: one holder at a time.</summary>
    Exclusive = 0,

    /// <summary>
    /// A reader-writer lock. A writer's <see cref="AcquireRequest.Limit"/> is 1, a reader's <see cref="int.MaxValue"/>.
    /// </summary>
    Shared = 1,

    /// <summary>A semaphore: as many holders as <see cref="AcquireRequest.Limit"/> says.</summary>
    Counted = 2,
}
