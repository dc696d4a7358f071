namespace DistributedLocking.Providers;

/// <summary>
/// How a key is shared. Providers refuse modes that they don't know with <see cref="NotSupportedException"/>.
/// </summary>
public enum LockMode
{
    /// <summary>One holder at a time.</summary>
    Exclusive = 0,
}
