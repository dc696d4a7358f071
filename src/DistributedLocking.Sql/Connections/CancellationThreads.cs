namespace DistributedLocking.Sql.Connections;

/// <summary>
/// A few threads for what drivers do when they are cancelled: they ask the server, each over a connection of its own,
/// and block the thread for seconds where it is silent. A frozen database has many calls cancelled at once, which would
/// take all threads of the pool from the application.
/// </summary>
internal static class CancellationThreads
{
    /// <summary>
    /// More cancellations than this wait for each other. What they are to end has been given up by its callers already.
    /// </summary>
    internal const int Most = 16;

    private const string Name = "DistributedLocking.Sql cancellation";

    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);

    private static readonly object Lock = new();
    private static readonly Queue<DriverCancellation> Waiting = new();
    private static int _threads;
    private static int _idle;

    internal static void Run(DriverCancellation cancellation)
    {
        lock (Lock)
        {
            Waiting.Enqueue(cancellation);
            if (_idle >= Waiting.Count)
            {
                Monitor.Pulse(Lock);
                return;
            }

            if (_threads == Most)
            {
                return;
            }

            _threads++;
        }

        try
        {
            new Thread(Work) { IsBackground = true, Name = Name }.UnsafeStart();
        }
        catch (Exception)
        {
            // The system refuses a thread. Better one of the pool than no cancellation.
            ThreadPool.UnsafeQueueUserWorkItem(static _ => Work(), null);
        }
    }

    private static void Work()
    {
        while (Next() is { } cancellation)
        {
            cancellation.Cancel();
        }
    }

    private static DriverCancellation? Next()
    {
        lock (Lock)
        {
            while (Waiting.Count == 0)
            {
                _idle++;
                var isWanted = Monitor.Wait(Lock, IdleTime);
                _idle--;
                if (!isWanted && Waiting.Count == 0)
                {
                    _threads--;
                    return null;
                }
            }

            return Waiting.Dequeue();
        }
    }
}
