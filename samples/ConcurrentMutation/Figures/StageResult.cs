using ConcurrentMutation.Stages;

namespace ConcurrentMutation.Figures;

/// <summary>What all workers have counted in one stage.</summary>
internal sealed record StageResult(Stage Stage, IReadOnlyList<WorkerFigures> Workers)
{
    internal long Mutations => Workers.Sum(worker => worker.Mutations);

    internal long Inconsistencies => Workers.Sum(worker => worker.Inconsistencies);

    internal long Errors => Workers.Sum(worker => worker.Errors);

    internal long Deadlocks => Workers.Sum(worker => worker.Deadlocks);

    internal TimeSpan? Average => Mutations == 0 ? null : TimeSpan.FromTicks(Workers.Sum(worker => worker.Busy.Ticks) / Mutations);
}
