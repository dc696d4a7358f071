namespace ConcurrentMutation.Stores;

/// <summary>
/// A row in a transaction that keeps others from changing it. Disposing it rolls back what was not committed.
/// </summary>
internal interface ILockedEmployee : IAsyncDisposable
{
    Employee Employee { get; }

    /// <summary>Writes the names, adds one to the version, reads the row back and commits.</summary>
    /// <exception cref="DeadlockException">The database rolled everything back; it can be done again.</exception>
    Task<Employee?> UpdateAndCommitAsync(Employee changed, CancellationToken cancellationToken);
}
