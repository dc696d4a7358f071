namespace DistributedLocking.InMemory;

/// <summary>Options of the in-memory lock.</summary>
public class InMemoryLockOptions : DistributedLockOptions
{
    /// <summary>The store. Locks that share one exclude each other.</summary>
    /// <value>
    /// Default: null, the <see cref="InMemoryLockStore"/> registered as a service, which all in-memory locks of the
    /// application share.
    /// </value>
    public InMemoryLockStore? Store { get; set; }
}
