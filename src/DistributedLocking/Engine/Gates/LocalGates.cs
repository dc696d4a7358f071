using System.Collections.Concurrent;
using DistributedLocking.Providers;

namespace DistributedLocking.Engine.Gates;

/// <summary>
/// The gates of the keys that are in use in one mode. A gate that nobody needs takes itself out.
/// </summary>
internal sealed class LocalGates(LockMode mode = LockMode.Exclusive)
{
    private readonly ConcurrentDictionary<string, LocalGate> _gates = new(StringComparer.Ordinal);

    internal LockMode Mode { get; } = mode;

    internal int Count => _gates.Count;

    internal LocalGate Get(string key) => _gates.TryGetValue(key, out var gate) ? gate : _gates.GetOrAdd(key, new LocalGate(this, key));

    internal LocalGate? Find(string key) => _gates.GetValueOrDefault(key);

    internal void Remove(LocalGate gate) => _gates.TryRemove(KeyValuePair.Create(gate.Key, gate));
}
