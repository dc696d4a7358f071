using DistributedLocking.Benchmarks.Measurement;

namespace DistributedLocking.Benchmarks.Workers;

/// <summary>What the callers of one process came to in one turn.</summary>
/// <param name="Acquisitions">How often each of them acquired within the turn.</param>
/// <param name="Waits">From each call of acquire to its return.</param>
/// <param name="Holds">From each return of acquire to the call of release.</param>
/// <param name="MethodsCompiled">By the just-in-time compiler in this turn.</param>
internal sealed record WorkerResult(int[] Acquisitions, LatencyHistogram Waits, LatencyHistogram Holds, int MethodsCompiled);
