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
    /// The store keeps waiters in a queue, first come first served across processes. An attempt then stays in it for
    /// <see cref="AcquireRequest.StoreWait"/>, or the queue is kept by repeating the request.
    /// </summary>
    Queue = 2,

    /// <summary>A release wakes waiters in other processes at once.</summary>
    Notification = 4,

    /// <summary>Grants carry fencing tokens that rise across processes.</summary>
    Fencing = 8,
}
