using DistributedLocking.Benchmarks.Measurement;

namespace DistributedLocking.Benchmarks.Workers;

/// <summary>What one turn of a group came to.</summary>
internal sealed class ContendedSample(IReadOnlyList<WorkerResult> processes, TimeSpan length, int connections, long? commands) : ISample
{
    private readonly int[] _callers = [.. processes.SelectMany(process => process.Acquisitions)];

    public int MethodsCompiled => processes.Sum(process => process.MethodsCompiled);

    /// <summary>Acquisitions a second, of all callers together.</summary>
    internal double Rate => _callers.Sum() / length.TotalSeconds;

    /// <summary>From each call of acquire to its return.</summary>
    internal LatencyHistogram Waits { get; } = LatencyHistogram.Merge(processes.Select(process => process.Waits));

    /// <summary>From each return of acquire to the call of release.</summary>
    internal LatencyHistogram Holds { get; } = LatencyHistogram.Merge(processes.Select(process => process.Holds));

    /// <summary>The acquisitions of the caller that had the fewest.</summary>
    internal int Fewest => _callers.Min();

    /// <summary>The acquisitions of the caller that had the most.</summary>
    internal int Most => _callers.Max();

    /// <summary>The fewest acquisitions of a process, as a part of the mean.</summary>
    internal double SlowestProcess => Part(processes.Select(process => (double)process.Acquisitions.Sum()));

    /// <summary>The fewest acquisitions of a caller, as a part of the mean.</summary>
    internal double SlowestCaller => Part(_callers.Select(count => (double)count));

    /// <summary>The most connections on the server at a time.</summary>
    internal int Connections => connections;

    /// <summary>What clients sent for each acquisition; null where the server does not count it.</summary>
    internal double? CommandsPerAcquisition => (double?)commands / _callers.Sum();

    private static double Part(IEnumerable<double> counts) => counts.ToArray() is var all && all.Sum() > 0 ? all.Min() / all.Average() : 0;
}
