namespace ConcurrentMutation.Mutations;

/// <summary>One way for a worker to read the employee, think, and write it.</summary>
internal interface IMutation
{
    /// <summary>Does it once.</summary>
    /// <param name="work">How long to think between read and write.</param>
    /// <param name="cancellationToken">Ends it at the next step; nothing is written after that.</param>
    Task<MutationOutcome> RunAsync(TimeSpan work, CancellationToken cancellationToken);
}
