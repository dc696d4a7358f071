namespace DistributedLocking.Sql.RowLocks;

/// <summary>A wait in the database's queue that may be ended because its session is lost.</summary>
internal sealed class WatchedWait : IDisposable
{
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _either;

    /// <param name="cancellationToken">The caller's token.</param>
    internal WatchedWait(CancellationToken cancellationToken) =>
        _either = CancellationTokenSource.CreateLinkedTokenSource(_lost.Token, cancellationToken);

    /// <summary>Cancelled with the caller's token, or when the session is lost.</summary>
    internal CancellationToken Token => _either.Token;

    internal bool IsLost => _lost.IsCancellationRequested;

    /// <summary>The number of the session that waits.</summary>
    internal long Session { get; set; }

    public void Dispose()
    {
        _either.Dispose();
        _lost.Dispose();
    }

    internal void EndLost()
    {
        try
        {
            _lost.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The wait has ended.
        }
    }
}
