using DistributedLocking.Providers;

namespace DistributedLocking.Sql.Keys;

/// <summary>The keys of locks as the tables hold them. A key has three locks, one for each mode.</summary>
internal sealed class KeysByMode(string prefix)
{
    private readonly KeyBytes _exclusive = KeyBytes.OfLocks(prefix);
    private readonly KeyBytes _shared = KeyBytes.OfLocks(prefix, "r");
    private readonly KeyBytes _counted = KeyBytes.OfLocks(prefix, "s");

    internal byte[] Encode(string key, LockMode mode = LockMode.Exclusive) => Of(mode).Encode(key);

    internal KeyBytes Of(LockMode mode) => mode switch
    {
        LockMode.Exclusive => _exclusive,
        LockMode.Shared => _shared,
        LockMode.Counted => _counted,
        _ => throw new NotSupportedException($"The SQL providers know no lock mode {mode}."),
    };
}
