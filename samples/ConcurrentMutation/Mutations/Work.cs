using ConcurrentMutation.Stores;

namespace ConcurrentMutation.Mutations;

/// <summary>What all mutations have in common.</summary>
internal static class Work
{
    /// <summary>Stands for a user who looks at the row, or a computation over it.</summary>
    internal static Task DoAsync(TimeSpan work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return work > TimeSpan.Zero ? Task.Delay(work, TimeProvider.System, cancellationToken) : Task.CompletedTask;
    }

    /// <summary>Judges a write by the version that the database returned for it.</summary>
    internal static MutationOutcome Compare(Employee read, Employee? written) =>
        written is null ? MutationOutcome.Conflict
        : written.Version == read.Version + 1 ? MutationOutcome.Consistent
        : MutationOutcome.Inconsistent;
}
