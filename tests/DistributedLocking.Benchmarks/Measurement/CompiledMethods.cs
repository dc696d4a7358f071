using System.Runtime;

namespace DistributedLocking.Benchmarks.Measurement;

/// <summary>Counts what the just-in-time compiler has done, of all tiers and threads, since this was made.</summary>
internal readonly struct CompiledMethods
{
    private readonly int _before;

    private CompiledMethods(int before) => _before = before;

    internal int Count => (int)JitInfo.GetCompiledMethodCount() - _before;

    internal static CompiledMethods Watch() => new((int)JitInfo.GetCompiledMethodCount());
}
