namespace DistributedLocking.DependencyInjection;

/// <summary>
/// Options without a value. To validate them at the host's start is to validate those of a lock, if it is the one that
/// callers get.
/// </summary>
internal sealed class LockStartup;
