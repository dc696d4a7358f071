using DistributedLocking.Providers;

namespace DistributedLocking.Testing;

/// <summary>The operations of an <see cref="ILockProvider"/> that a fault applies to.</summary>
[Flags]
public enum ProviderOperations
{
    /// <summary>No operation.</summary>
    None = 0,

    /// <summary><see cref="ILockProvider.TryAcquireAsync"/>.</summary>
    Acquire = 1,

    /// <summary><see cref="ILockProvider.RenewAsync"/>, a batch at a time.</summary>
    Renew = 2,

    /// <summary><see cref="ILockProvider.ReleaseAsync"/>.</summary>
    Release = 4,

    /// <summary><see cref="ILockProvider.WatchAsync"/>: the start of a watch.</summary>
    Watch = 8,

    /// <summary><see cref="IKeyWatch.WaitAsync"/>: a wake-up by a watch.</summary>
    WakeUp = 16,

    /// <summary><see cref="ILockProvider.LeaveAsync"/>.</summary>
    Leave = 32,

    /// <summary>Every operation.</summary>
    All = Acquire | Renew | Release | Watch | WakeUp | Leave,
}
