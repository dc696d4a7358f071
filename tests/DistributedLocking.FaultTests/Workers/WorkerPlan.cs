using System.Text.Json;
using DistributedLocking.FaultTests.Stores;

namespace DistributedLocking.FaultTests.Workers;

/// <summary>What a worker process does until its input ends.</summary>
internal sealed record WorkerPlan
{
    /// <summary>Where its history goes.</summary>
    public required string HistoryDirectory { get; init; }

    /// <summary>Its name there.</summary>
    public required string Name { get; init; }

    public required StoreAddress Store { get; init; }

    /// <summary>What makes its choices repeatable.</summary>
    public required int Seed { get; init; }

    /// <summary>The locks to take, each with a number of the same name to count up under it.</summary>
    public required IReadOnlyList<string> Keys { get; init; }

    public required TimeSpan ShortestTimeToLive { get; init; }

    public required TimeSpan LongestTimeToLive { get; init; }

    /// <summary>The longest time between reading the number and writing it.</summary>
    public required TimeSpan LongestThought { get; init; }

    /// <summary>
    /// The time-out of each command to the store. Shorter than some faults last, so that both happen: late answers and
    /// none.
    /// </summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(1);

    public bool UsesLock { get; init; } = true;

    /// <summary>Whether it asks its handle before it writes.</summary>
    public bool Looks { get; init; }

    public bool UsesGuard { get; init; } = true;

    /// <summary>Whether it varies what it can: renewal, waits, cancellation, extension, and how it releases.</summary>
    public bool Varies { get; init; } = true;

    /// <summary>How many hold a semaphore at most.</summary>
    internal const int MostPermits = 2;

    /// <summary>Whether it takes reader-writer locks and semaphores too, where the store has them.</summary>
    public bool SharesToo { get; init; }

    /// <summary>
    /// In how many turns of a hundred it stops itself (SIGSTOP) between reading and writing, until somebody continues
    /// it.
    /// </summary>
    public int StopsInHundred { get; init; }

    internal string ToArgument() => JsonSerializer.Serialize(this);

    internal static WorkerPlan Parse(string argument) => JsonSerializer.Deserialize<WorkerPlan>(argument)!;
}
