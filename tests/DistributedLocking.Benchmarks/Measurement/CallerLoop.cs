using System.Diagnostics;

namespace DistributedLocking.Benchmarks.Measurement;

/// <summary>
/// One caller's turn: says when it is over, counts the cycles, and keeps their latencies without allocating.
/// </summary>
internal sealed class CallerLoop(string key)
{
    private readonly long[] _latencies = new long[1 << 14];
    private long _end;
    private int _most;
    private long _last;

    internal string Key { get; } = key;

    internal int Cycles { get; private set; } = -1;

    /// <summary>The latencies of the last cycles, at most as many as there is room for.</summary>
    internal ReadOnlySpan<long> Latencies => _latencies.AsSpan(0, Math.Min(Math.Max(Cycles, 0), _latencies.Length));

    /// <summary>Starts a turn that ends at a timestamp.</summary>
    internal CallerLoop Until(long end) => Start(end, int.MaxValue);

    /// <summary>Starts a turn of so many cycles.</summary>
    internal CallerLoop Times(int cycles) => Start(long.MaxValue, cycles);

    /// <summary>Called before each cycle and after the last. There is one at least.</summary>
    internal bool Next()
    {
        var now = Stopwatch.GetTimestamp();
        if (Cycles >= 0)
        {
            _latencies[Cycles % _latencies.Length] = now - _last;
        }

        Cycles++;
        _last = now;
        return (now < _end || Cycles == 0) && Cycles < _most;
    }

    private CallerLoop Start(long end, int most)
    {
        (_end, _most, Cycles) = (end, most, -1);
        return this;
    }
}
