namespace DistributedLocking.Benchmarks.Workers;

/// <summary>What one turn of a group came to.</summary>
internal sealed class ContendedSample(IReadOnlyList<WorkerResult> processes, TimeSpan length, int connections)
{
    private readonly int[] _callers = [.. processes.SelectMany(process => process.Acquisitions)];

    /// <summary>Acquisitions a second, of all callers together.</summary>
    internal double Rate => _callers.Sum() / length.TotalSeconds;

    internal TimeSpan LongestWait => processes.Max(process => process.LongestWait);

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

    private static double Part(IEnumerable<double> counts) => counts.ToArray() is var all && all.Sum() > 0 ? all.Min() / all.Average() : 0;
}
