using ConcurrentMutation.Mutations;

namespace ConcurrentMutation.Figures;

/// <summary>Counts for one worker, while another thread reports.</summary>
internal sealed class FiguresCounter(int processId)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, long> errors = new(StringComparer.Ordinal);
    private long mutations;
    private long inconsistencies;
    private long deadlocks;
    private TimeSpan busy;

    internal void Add(MutationOutcome outcome, TimeSpan duration)
    {
        if (outcome == MutationOutcome.Conflict)
        {
            AddError("version conflict", duration);
            return;
        }

        lock (gate)
        {
            mutations++;
            inconsistencies += outcome == MutationOutcome.Inconsistent ? 1 : 0;
            busy += duration;
        }
    }

    internal void AddError(string cause, TimeSpan duration)
    {
        lock (gate)
        {
            errors[cause] = errors.GetValueOrDefault(cause) + 1;
            busy += duration;
        }
    }

    /// <summary>
    /// Counts a transaction that was rolled back and is tried again. It is no error; its time is part of the attempt's.
    /// </summary>
    internal void AddDeadlock()
    {
        lock (gate)
        {
            deadlocks++;
        }
    }

    internal WorkerFigures Read()
    {
        lock (gate)
        {
            return new WorkerFigures
            {
                ProcessId = processId,
                Mutations = mutations,
                Inconsistencies = inconsistencies,
                Deadlocks = deadlocks,
                Busy = busy,
                ErrorsByCause = new Dictionary<string, long>(errors, StringComparer.Ordinal),
            };
        }
    }
}
