using DistributedLocking.Keys;

namespace DistributedLocking;

/// <summary>Makes keys for methods that have no twins of their own for formatted keys.</summary>
public static class LockKey
{
    /// <summary>
    /// Makes a key from an interpolated string, always in the invariant culture: a key must not depend on a host's.
    /// </summary>
    /// <param name="key">The key, such as <c>$"tenant:{tenant}:report"</c>; no hole may be null.</param>
    /// <returns>The key.</returns>
    /// <exception cref="ArgumentException">
    /// The value of a hole is null, or is not meant for a key: options, a token or a task.
    /// </exception>
    public static string Format(ref LockKeyInterpolatedStringHandler key) => key.GetKey();
}
