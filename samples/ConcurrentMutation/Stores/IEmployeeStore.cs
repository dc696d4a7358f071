namespace ConcurrentMutation.Stores;

/// <summary>
/// The table <c>employee(email_address primary key, first_name, last_name, version)</c>, over one connection for one
/// worker.
/// </summary>
internal interface IEmployeeStore : IAsyncDisposable
{
    /// <summary>Creates the table and the row unless they exist.</summary>
    Task CreateAsync(Employee employee, CancellationToken cancellationToken);

    Task<Employee> ReadAsync(string emailAddress, CancellationToken cancellationToken);

    /// <summary>
    /// Writes the names, adds one to the version that the database has by now, and reads the row back, in one step.
    /// </summary>
    /// <param name="changed">The row to write.</param>
    /// <param name="expectedVersion">Write only if the row has this version; null to write in any case.</param>
    /// <param name="cancellationToken">Ends it before its next step.</param>
    /// <returns>The row as it is now, or null when no row was changed.</returns>
    /// <exception cref="TimeoutException">The database stayed busy.</exception>
    /// <exception cref="DeadlockException">The database rolled it back; it can be done again.</exception>
    Task<Employee?> UpdateAsync(Employee changed, long? expectedVersion, CancellationToken cancellationToken);

    /// <summary>Reads the row and keeps others from changing it until the result is committed or disposed.</summary>
    /// <exception cref="TimeoutException">The database stayed busy.</exception>
    /// <exception cref="DeadlockException">The database rolled it back; it can be done again.</exception>
    Task<ILockedEmployee> LockAsync(string emailAddress, CancellationToken cancellationToken);
}
