using DistributedLocking.Providers;

namespace DistributedLocking.Engine.Gates;

/// <summary>The gates of all modes. A lock, a reader-writer lock and a semaphore of one key have nothing in common.</summary>
internal sealed class GatesByMode
{
    private readonly LocalGates _shared = new(LockMode.Shared);
    private readonly LocalGates _counted = new(LockMode.Counted);

    internal LocalGates Exclusive { get; } = new();

    /// <summary>How many keys have a gate now.</summary>
    internal int Count => Exclusive.Count + _shared.Count + _counted.Count;

    internal LocalGates this[LockMode mode] => mode switch
    {
        LockMode.Exclusive => Exclusive,
        LockMode.Shared => _shared,
        _ => _counted,
    };
}
