namespace DistributedLocking.FaultTests.Headline;

/// <summary>What stands between two processes and the number that both count up.</summary>
internal enum HeadlineMode
{
    NoLock,

    /// <summary>The lock; its holder writes without another look.</summary>
    Lock,

    /// <summary>The lock; its holder asks its handle before it writes.</summary>
    LockAndLook,

    /// <summary>The lock, and the guard on the number's side.</summary>
    LockAndGuard,
}
