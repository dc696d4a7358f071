namespace DistributedLocking.Benchmarks.Workers;

/// <summary>What the callers of a process do.</summary>
/// <param name="Mode">One of the store's modes.</param>
/// <param name="HandOver">One of <see cref="Stores.HandOver.Settings"/>.</param>
/// <param name="Callers">How many there are.</param>
/// <param name="Hold">How long each holds the lock; zero for an empty critical section.</param>
/// <param name="Pause">How long each does something else before it wants the lock again; zero for at once.</param>
internal sealed record WorkerPlan(string Mode, string HandOver, int Callers, TimeSpan Hold = default, TimeSpan Pause = default);
