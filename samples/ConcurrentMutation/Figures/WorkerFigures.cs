using System.Text.Json.Serialization;

namespace ConcurrentMutation.Figures;

/// <summary>What one worker has counted in one stage.</summary>
internal sealed record WorkerFigures
{
    /// <summary>The id of the worker's process.</summary>
    public required int ProcessId { get; init; }

    /// <summary>Mutations that were written.</summary>
    public long Mutations { get; init; }

    /// <summary>Those of them that were made on stale data.</summary>
    public long Inconsistencies { get; init; }

    /// <summary>Transactions that the database rolled back to end a deadlock, and that were tried again.</summary>
    public long Deadlocks { get; init; }

    /// <summary>The time that all attempts took, failed ones included.</summary>
    public TimeSpan Busy { get; init; }

    /// <summary>Failed attempts by cause.</summary>
    public IReadOnlyDictionary<string, long> ErrorsByCause { get; init; } = new Dictionary<string, long>(StringComparer.Ordinal);

    [JsonIgnore]
    public long Errors => ErrorsByCause.Values.Sum();

    /// <summary>
    /// What one written mutation has cost, with its share of failed attempts; null when none was written.
    /// </summary>
    [JsonIgnore]
    public TimeSpan? Average => Mutations == 0 ? null : Busy / Mutations;
}
