using DistributedLocking.Keys;

namespace DistributedLocking.SeveralKeys;

/// <summary>The keys of one call in the order in which everybody waits for them.</summary>
internal static class KeySet
{
    /// <summary>Each key once, in ordinal order, which is the same in every process and culture.</summary>
    /// <exception cref="ArgumentException">There is no key, or one is empty or not well-formed.</exception>
    internal static string[] Order(IEnumerable<string> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var ordered = keys.Distinct(StringComparer.Ordinal).ToArray();
        if (ordered.Length == 0)
        {
            throw new ArgumentException("There is no key to lock.", nameof(keys));
        }

        foreach (var key in ordered)
        {
            LockKeyRules.Check(key, nameof(keys));
        }

        Array.Sort(ordered, StringComparer.Ordinal);
        return ordered;
    }
}
