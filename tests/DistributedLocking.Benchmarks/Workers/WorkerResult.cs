namespace DistributedLocking.Benchmarks.Workers;

/// <summary>What the callers of one process came to in one turn.</summary>
/// <param name="Acquisitions">How often each of them acquired within the turn.</param>
/// <param name="LongestWait">The longest wait of any of them.</param>
internal sealed record WorkerResult(int[] Acquisitions, TimeSpan LongestWait);
