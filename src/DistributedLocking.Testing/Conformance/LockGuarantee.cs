namespace DistributedLocking.Testing.Conformance;

/// <summary>The guarantees that every provider keeps, by their numbers in the design.</summary>
public enum LockGuarantee
{
    /// <summary>At most one handle of a key is held at a time, and keys are ordinal.</summary>
    Exclusion = 1,

    /// <summary>
    /// The lease's clock starts before the request, and a lock is lost at its deadline without any help from the store.
    /// </summary>
    Lease = 2,

    /// <summary>A failing renewal is tried again; a lost lock stays lost.</summary>
    Renewal = 3,

    /// <summary>A release never touches a successor's lock, and is never undone.</summary>
    Release = 4,

    /// <summary>What became of an attempt that was cut off is cleaned up.</summary>
    UnknownOutcome = 5,

    /// <summary>Fencing tokens rise from holder to holder.</summary>
    Fencing = 6,

    /// <summary>Waiting is fair within a process, bounded, and woken by a release.</summary>
    Waiting = 7,

    /// <summary>A lock that somebody holds and a store that fails never look alike.</summary>
    Failure = 8,

    /// <summary>A release by key pairs with the oldest acquisition.</summary>
    ReleaseByKey = 9,

    /// <summary>The handle is the owner; a lock is not re-entrant.</summary>
    Reentrancy = 10,

    /// <summary>Disposing the lock releases what is held.</summary>
    Shutdown = 11,

    /// <summary>Neither secrets nor keys leak.</summary>
    Privacy = 12,

    /// <summary>Who holds what can be seen, which disturbs nobody, and taken away.</summary>
    Inspection = 13,
}
