using System.Text.Json.Serialization;
using ConcurrentMutation.Figures;
using ConcurrentMutation.Options;
using ConcurrentMutation.Stages;

namespace ConcurrentMutation.Workers;

/// <summary>
/// What the demo and its worker processes tell each other: one JSON object a line, on the worker's standard input and
/// output.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Configure), "configure")]
[JsonDerivedType(typeof(Prepare), "prepare")]
[JsonDerivedType(typeof(Start), "start")]
[JsonDerivedType(typeof(Stop), "stop")]
[JsonDerivedType(typeof(Ready), "ready")]
[JsonDerivedType(typeof(Progress), "progress")]
[JsonDerivedType(typeof(Finished), "finished")]
[JsonDerivedType(typeof(Failed), "failed")]
internal abstract record Message;

/// <summary>To a worker process, once: what the run is about. Answered by <see cref="Ready"/>.</summary>
internal sealed record Configure(DemoOptions Options) : Message;

/// <summary>To a worker process: the next stage. Answered by <see cref="Ready"/>.</summary>
internal sealed record Prepare(Stage Stage) : Message;

/// <summary>
/// To a worker process: when the prepared stage starts, on the machine's monotonic clock. Answered by
/// <see cref="Finished"/>.
/// </summary>
internal sealed record Start(long Timestamp) : Message;

/// <summary>To a worker process: end the stage that runs.</summary>
internal sealed record Stop : Message;

/// <summary>From a worker process: it waits for the next message.</summary>
internal sealed record Ready : Message;

/// <summary>From a worker process, several times a second: the figures of its workers so far.</summary>
internal sealed record Progress(IReadOnlyList<WorkerFigures> Workers) : Message;

/// <summary>From a worker process: the figures of its workers at the stage's end.</summary>
internal sealed record Finished(IReadOnlyList<WorkerFigures> Workers) : Message;

/// <summary>From a worker process, as its last message: it can't go on.</summary>
internal sealed record Failed(string Reason) : Message;
