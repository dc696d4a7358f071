using System.Diagnostics;

namespace DistributedLocking.Benchmarks.Measurement;

/// <summary>What one turn of one subject without contention came to.</summary>
internal sealed class Sample : ISample
{
    private readonly long[] _latencies;

    internal Sample(TimeSpan elapsed, long allocated, IReadOnlyList<CallerLoop> loops, int methodsCompiled)
    {
        MethodsCompiled = methodsCompiled;
        var cycles = loops.Sum(loop => loop.Cycles);
        Rate = cycles / elapsed.TotalSeconds;
        BytesPerCycle = (double)allocated / cycles;
        _latencies = [.. loops.SelectMany(loop => loop.Latencies.ToArray()).Order()];
    }

    public int MethodsCompiled { get; }

    /// <summary>Cycles a second, of all callers together.</summary>
    internal double Rate { get; }

    internal double BytesPerCycle { get; }

    internal TimeSpan LatencyPercentile(double percentile) =>
        TimeSpan.FromSeconds((double)_latencies[Statistics.Rank(_latencies.Length, percentile)] / Stopwatch.Frequency);
}
