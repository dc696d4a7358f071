namespace DistributedLocking.Sql.Connections;

/// <summary>
/// A token for a call of a driver, cancelled together with the caller's. The driver's own callback runs on the thread pool: it may ask a server that is
/// silent, for seconds, and whoever cancels many calls would wait for one after the other. What it throws stops here: a driver may find its connection
/// closed by the time it wants to cancel (Npgsql does), and where a timer cancels, an exception of a callback ends the process.
/// </summary>
public sealed class DriverCancellation : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly CancellationTokenRegistration _registration;

    /// <summary>Follows a token.</summary>
    /// <param name="cancellationToken">The caller's token.</param>
    public DriverCancellation(CancellationToken cancellationToken) =>
        _registration = cancellationToken.UnsafeRegister(static self => ((DriverCancellation)self!).Cancel(), this);

    /// <summary>What the driver gets.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Ends the following. Called when the driver's call has ended.</summary>
    public void Dispose()
    {
        // Not waited for: a driver's callback may take its time.
        _registration.Unregister();
        _source.Dispose();
    }

    private void Cancel()
    {
        try
        {
            _ = _source.CancelAsync().ContinueWith(
                static ended => _ = ended.Exception,
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }
        catch (ObjectDisposedException)
        {
            // The call has ended.
        }
    }
}
