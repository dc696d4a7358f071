using DistributedLocking.Engine.Time;

namespace DistributedLocking.Engine.Gates;

/// <summary>
/// A pause of a gate's asker, which others may shorten or end. Guarded by the gate from its beginning to its end.
/// </summary>
internal sealed class AskerPause : IDisposable
{
    private readonly Clock _clock;
    private readonly ITimer _timer;
    private readonly TaskCompletionSource _end = new();
    private long _endsAt;

    internal AskerPause(Clock clock, TimeSpan length)
    {
        _clock = clock;
        _endsAt = clock.After(clock.Now, length);
        _timer = clock.Time.CreateTimer(
            static end => ((TaskCompletionSource)end!).TrySetResult(), _end, Clock.RoundUp(length), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether it was ended before its time.</summary>
    internal bool IsCut { get; private set; }

    /// <summary>Waits to the end of the pause.</summary>
    internal Task WaitAsync(CancellationToken cancellationToken) => _end.Task.WaitAsync(cancellationToken);

    /// <summary>Lets the pause last so long from now, if it would last longer.</summary>
    internal void Limit(TimeSpan most)
    {
        var endsAt = _clock.After(_clock.Now, most);
        if (endsAt < _endsAt)
        {
            _endsAt = endsAt;
            _timer.Change(Clock.RoundUp(most), Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Ends the pause now. The asker goes on elsewhere, and not under the gate's lock.</summary>
    internal void Cut()
    {
        if (!IsCut)
        {
            IsCut = true;
            ThreadPool.UnsafeQueueUserWorkItem(static end => end.TrySetResult(), _end, preferLocal: false);
        }
    }

    public void Dispose() => _timer.Dispose();
}
