namespace DistributedLocking.Providers;

/// <summary>What a store can do. It chooses which facts of the conformance suite apply.</summary>
[Flags]
public enum LockProviderCapabilities
{
    /// <summary>Nothing beyond exclusion.</summary>
    None = 0,

    /// <summary>The store itself ends a lease at its time to live, even when its holder is frozen.</summary>
    ServerEnforcedLease = 1,

    /// <summary>
    /// The store keeps waiters in a queue, first come first served across processes. Without <see cref="Notification"/>
    /// an attempt stays in it for <see cref="AcquireRequest.StoreWait"/>. With it an attempt returns at once and has
    /// taken a place, which is kept by repeating the request, and <see cref="ILockProvider.WatchAsync"/> tells of the
    /// grant.
    /// </summary>
    Queue = 2,

    /// <summary>A release wakes waiters in other processes at once.</summary>
    Notification = 4,

    /// <summary>Grants carry fencing tokens that rise across processes.</summary>
    Fencing = 8,

    /// <summary>
    /// Operations reach the store in the order in which they are called, as on one connection. A release then passes
    /// the turn to the next caller of the process when it has been sent, and the answer is not waited for.
    /// </summary>
    Ordered = 16,

    /// <summary>The store has reader-writer locks: <see cref="LockMode.Shared"/>.</summary>
    Shared = 32,

    /// <summary>The store has semaphores: <see cref="LockMode.Counted"/>.</summary>
    Counted = 64,

    /// <summary>The store can tell who holds what: <see cref="ILockProvider.Inspection"/>.</summary>
    Inspection = 128,
}
