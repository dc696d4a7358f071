namespace DistributedLocking.FaultTests.Resources;

/// <summary>
/// Numbers that anybody may read and write, so that two writers at a time lose updates: what a lock has to protect.
/// With a fencing token each access passes the guard that the store's package has for it.
/// </summary>
internal interface ICounter : IAsyncDisposable
{
    /// <summary>Reads a number; zero when it was never written.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="token">
    /// The reader's token, which the guard notes: an older holder's write that comes between this read and the reader's
    /// own write would be lost else.
    /// </param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<long> ReadAsync(string name, long? token, CancellationToken cancellationToken);

    /// <summary>Writes a number.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">The number.</param>
    /// <param name="token">The writer's token.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="StaleFencingTokenException">The guard refused the token; nothing was written.</exception>
    Task WriteAsync(string name, long value, long? token, CancellationToken cancellationToken);
}
