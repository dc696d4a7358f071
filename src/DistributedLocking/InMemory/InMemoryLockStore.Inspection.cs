using DistributedLocking.Providers;

namespace DistributedLocking.InMemory;

/// <content>Who holds what.</content>
public sealed partial class InMemoryLockStore
{
    /// <summary>Who holds what whose name begins so.</summary>
    internal List<LockHolder> Holders(string namePrefix, int keyStart, LockMode mode)
    {
        lock (_lock)
        {
            return [.. _locks
                .Where(stored => stored.Key.StartsWith(namePrefix, StringComparison.Ordinal))
                .SelectMany(stored => stored.Value.Holders(stored.Key[keyStart..], mode))];
        }
    }
}
