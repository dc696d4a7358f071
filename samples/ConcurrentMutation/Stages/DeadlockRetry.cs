using ConcurrentMutation.Figures;
using ConcurrentMutation.Mutations;
using ConcurrentMutation.Stores;

namespace ConcurrentMutation.Stages;

/// <summary>Does a mutation again that the database has rolled back to end a deadlock.</summary>
internal static class DeadlockRetry
{
    /// <summary>Deadlocks of one mutation before it counts as failed.</summary>
    internal const int Limit = 10;

    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(20);

    /// <summary>Runs the mutation until it gets through, and counts its deadlocks.</summary>
    /// <exception cref="DeadlockException">It was the victim of <see cref="Limit"/> deadlocks in a row.</exception>
    internal static async Task<MutationOutcome> RunAsync(IMutation mutation, TimeSpan work, FiguresCounter counter, CancellationToken cancellationToken)
    {
        for (var deadlocks = 1; ; deadlocks++)
        {
            try
            {
                return await mutation.RunAsync(work, cancellationToken);
            }
            catch (DeadlockException) when (deadlocks < Limit)
            {
                counter.AddDeadlock();
            }

            // At random, or those who met would meet again.
            await Task.Delay(LongestPause * Random.Shared.NextDouble(), TimeProvider.System, cancellationToken);
        }
    }
}
