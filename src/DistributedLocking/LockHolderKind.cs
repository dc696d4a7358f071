namespace DistributedLocking;

/// <summary>What somebody holds of a key.</summary>
public enum LockHolderKind
{
    /// <summary>The lock.</summary>
    Lock = 0,

    /// <summary>The reader-writer lock, to read.</summary>
    Reader = 1,

    /// <summary>The reader-writer lock, to write.</summary>
    Writer = 2,

    /// <summary>A permit of the semaphore.</summary>
    Permit = 3,
}
