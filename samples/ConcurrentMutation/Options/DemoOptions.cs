using System.Text.Json.Serialization;
using ConcurrentMutation.Stages;

namespace ConcurrentMutation.Options;

/// <summary>What one run does. The worker processes get it as the first message on their standard input.</summary>
internal sealed record DemoOptions
{
    public required int Processes { get; init; }

    /// <summary>Workers in each process.</summary>
    public required int Workers { get; init; }

    /// <summary>How long each stage lasts.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The time between two mutations of a worker in a demo stage.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>How long a worker of a demo stage thinks between its read and its write.</summary>
    public required TimeSpan Work { get; init; }

    /// <summary>The mutex's time to live.</summary>
    public required TimeSpan Expiry { get; init; }

    /// <summary>
    /// How long a worker waits for the mutex. Shorter than a stage, so that a store that fails is seen in the figures.
    /// </summary>
    public required TimeSpan Wait { get; init; }

    /// <summary>The pace at which a waiter asks again where the mutex's store does not wake it.</summary>
    public required TimeSpan Retry { get; init; }

    public required MutexKind Mutex { get; init; }

    public required DatabaseKind Database { get; init; }

    /// <summary>
    /// A StackExchange.Redis connection string. May hold a password: print only <see cref="ConnectionText.Redact"/> of
    /// it.
    /// </summary>
    public required string Redis { get; init; }

    /// <summary>The addresses of etcd's members, separated by commas.</summary>
    public required string Etcd { get; init; }

    /// <summary>
    /// An ADO.NET connection string. May hold a password: print only <see cref="ConnectionText.RedactSql"/> of it.
    /// </summary>
    public required string MySql { get; init; }

    /// <inheritdoc cref="MySql"/>
    public required string Postgres { get; init; }

    /// <summary>
    /// The folder of the SQLite database and of the lock files; empty for a temporary one that goes with the run.
    /// </summary>
    public required string Data { get; init; }

    public required IReadOnlyList<Stage> Stages { get; init; }

    /// <summary>Whether a stage is chosen that takes the mutex.</summary>
    [JsonIgnore]
    public bool NeedsMutex => Stages.Any(stage => stage.Protection == Protection.Mutex);
}
