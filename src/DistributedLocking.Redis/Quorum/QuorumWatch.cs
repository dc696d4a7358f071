using DistributedLocking.Providers;

namespace DistributedLocking.Redis.Quorum;

/// <summary>
/// A watch on a key at all servers of a quorum. It wakes when a majority told of a release, or shortly after the first
/// that did.
/// </summary>
/// <remarks>
/// The servers tell one after the other, and who tries at the first word may find that the rest still hold it. But
/// those watched and those that the holder had may share only one, so the others are waited for only a moment.
/// </remarks>
internal sealed class QuorumWatch : IKeyWatch
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(10);

    private readonly object _lock = new();
    private readonly bool[] _told;
    private readonly int _majority;
    private readonly TimeProvider _time;
    private readonly WakeUpLatch _any = new();
    private readonly CancellationTokenSource _end = new();
    private readonly List<IDisposable> _watches = [];
    private TaskCompletionSource _most = New();
    private bool _isDisposed;

    internal QuorumWatch(QuorumRule rule, TimeProvider time)
    {
        _told = new bool[rule.Servers];
        _majority = rule.Majority;
        _time = time;
    }

    /// <summary>Cancelled when the watch ends.</summary>
    internal CancellationToken Ended => _end.Token;

    /// <summary>Adds the watch of one server, at any time.</summary>
    internal void Add(IDisposable watch)
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _watches.Add(watch);
                return;
            }
        }

        watch.Dispose();
    }

    /// <summary>A server told of a release, or may have.</summary>
    internal void Tell(int server)
    {
        lock (_lock)
        {
            _told[server] = true;
            if (_told.Count(told => told) >= _majority)
            {
                _most.TrySetResult();
            }
        }

        _any.Set();
    }

    public async ValueTask<WakeUp> WaitAsync(CancellationToken cancellationToken)
    {
        Task most;
        lock (_lock)
        {
            most = _most.Task;
        }

        await _any.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await most.WaitAsync(Moment, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The others have nothing to tell, or are late.
        }

        lock (_lock)
        {
            Array.Clear(_told);
            _most = New();
        }

        return WakeUp.Changed;
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
        }

        await _end.CancelAsync().ConfigureAwait(false);
        _watches.ForEach(watch => watch.Dispose());
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
