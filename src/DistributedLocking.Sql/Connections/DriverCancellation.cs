namespace DistributedLocking.Sql.Connections;

/// <summary>
/// A token for a call of a driver, cancelled a moment after the caller's. The driver's own callback runs on a thread of
/// ours: it may ask a server that is silent, for seconds, and neither whoever cancels many calls nor the thread pool
/// may be held up by that. What it throws stops here: a driver may find its connection closed by the time it wants to
/// cancel (Npgsql does), and where a timer cancels, an exception of a callback ends the process.
/// </summary>
public sealed class DriverCancellation : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly CancellationTokenRegistration _registration;
    private volatile bool _isOver;

    /// <summary>Follows a token.</summary>
    /// <param name="cancellationToken">The caller's token.</param>
    public DriverCancellation(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            // Nobody has registered a callback yet.
            _source.Cancel();
        }
        else
        {
            _registration = cancellationToken.UnsafeRegister(static self => CancellationThreads.Run((DriverCancellation)self!), this);
        }
    }

    /// <summary>What the driver gets.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Ends the following. Called when the driver's call has ended.</summary>
    public void Dispose()
    {
        // Not waited for: a driver's callback may take its time.
        _registration.Unregister();
        _isOver = true;
        _source.Dispose();
    }

    /// <summary>Runs the driver's callback to its end.</summary>
    internal void Cancel()
    {
        try
        {
            if (!_isOver)
            {
                _source.Cancel();
            }
        }
        catch (Exception)
        {
            // The driver's, or the call has ended.
        }
    }
}
