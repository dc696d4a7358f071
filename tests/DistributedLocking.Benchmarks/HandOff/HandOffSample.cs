using DistributedLocking.Benchmarks.Measurement;

namespace DistributedLocking.Benchmarks.HandOff;

/// <summary>One hand-off.</summary>
/// <param name="Latency">From the holder's call of release to the return of the waiter's acquire.</param>
/// <param name="MethodsCompiled">Of both processes.</param>
internal sealed record HandOffSample(TimeSpan Latency, int MethodsCompiled) : ISample;
