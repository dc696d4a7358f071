namespace DistributedLocking.Redis.Renewals;

/// <summary>
/// Looks for the answers to all renewals that are under way, so that no batch holds up the next, and no server the
/// answers of another.
/// </summary>
/// <remarks>
/// It has a thread of its own, which blocks. An await would need a thread of the pool to go on, and while the pool is
/// starved there is none; a blocked wait on the client's own task needs none of ours. (The client may still need one to
/// read from its socket.)
/// </remarks>
internal sealed class RenewalThread : IDisposable
{
    private readonly object _lock = new();
    private readonly List<RenewalRound> _arrived = [];
    private TaskCompletionSource _isWoken = new();
    private TimeSpan _patience = TimeSpan.FromSeconds(10);
    private bool _isRunning;

    /// <summary>Takes over a round. What comes of it is told on the thread.</summary>
    internal void Add(RenewalRound round)
    {
        lock (_lock)
        {
            _arrived.Add(round);
            Wake();
            if (_isRunning)
            {
                return;
            }

            _isRunning = true;
        }

        try
        {
            new Thread(() => Run(isOwn: true)) { IsBackground = true, Name = "DistributedLocking Redis renewals", Priority = ThreadPriority.AboveNormal }.UnsafeStart();
        }
        catch (Exception)
        {
            // The system refuses a thread. That of the engine's renewals, which called this, may be blocked for a while
            // too.
            Run(isOwn: false);
        }
    }

    /// <summary>Blocks until a round has ended, on the caller's thread.</summary>
    internal static void Wait(RenewalRound round)
    {
        while (!round.TryEnd())
        {
            RenewalRound.WaitForAny([round]);
        }
    }

    /// <summary>The thread ends as soon as it has nothing to do.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _patience = TimeSpan.Zero;
            Wake();
        }
    }

    private void Run(bool isOwn)
    {
        var rounds = new List<RenewalRound>();
        while (TakeOver(rounds, isOwn, out var woken))
        {
            rounds.RemoveAll(round => round.TryEnd());
            if (rounds.Count > 0)
            {
                RenewalRound.WaitForAny(rounds, woken);
            }
        }
    }

    /// <summary>
    /// Adds the rounds that have arrived; where there are none, a thread of our own waits for some time.
    /// </summary>
    /// <param name="rounds">Those that are under way.</param>
    /// <param name="isOwn">Whether it is one.</param>
    /// <param name="woken">What tells of the next.</param>
    /// <returns>False when there is nothing to do any more.</returns>
    private bool TakeOver(List<RenewalRound> rounds, bool isOwn, out Task woken)
    {
        lock (_lock)
        {
            if (_arrived.Count == 0 && rounds.Count == 0 && isOwn)
            {
                Monitor.Wait(_lock, _patience);
            }

            rounds.AddRange(_arrived);
            _arrived.Clear();
            _isWoken = _isWoken.Task.IsCompleted ? new TaskCompletionSource() : _isWoken;
            woken = _isWoken.Task;
            _isRunning = rounds.Count > 0;
            return _isRunning;
        }
    }

    private void Wake()
    {
        _isWoken.TrySetResult();
        Monitor.Pulse(_lock);
    }
}
