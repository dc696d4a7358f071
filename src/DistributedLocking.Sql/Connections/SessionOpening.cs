namespace DistributedLocking.Sql.Connections;

/// <summary>
/// Opens the session that some work begins with, and tells whether any of the work may have reached the database.
/// </summary>
internal sealed class SessionOpening(SqlDatabase database)
{
    private int _isDone;

    /// <summary>
    /// Whether the work has begun. Once the bound's token is cancelled, false says that it never will.
    /// </summary>
    internal bool IsDone => Volatile.Read(ref _isDone) != 0;

    /// <param name="bound">The token by which whoever waits judges.</param>
    /// <param name="cancellationToken">
    /// The same, or one that follows it and others: it may be behind for a moment.
    /// </param>
    internal async Task<SqlSession> OpenAsync(CancellationToken bound, CancellationToken cancellationToken)
    {
        var session = await database.OpenAsync(cancellationToken).ConfigureAwait(false);

        // A full fence between this and the look at the token: who has cancelled either sees this or is seen, though
        // the driver may have paid no heed.
        Interlocked.Exchange(ref _isDone, 1);
        if (bound.IsCancellationRequested || cancellationToken.IsCancellationRequested)
        {
            await session.DisposeAsync().ConfigureAwait(false);
            bound.ThrowIfCancellationRequested();
            cancellationToken.ThrowIfCancellationRequested();
        }

        return session;
    }
}
