using DistributedLocking.Engine.Time;

namespace DistributedLocking.Engine.CleanUp;

/// <summary>How many calls are under way, so that a shutdown can let them end before it closes the store.</summary>
internal sealed class CallsInFlight(Clock clock)
{
    private int _count;
    private TaskCompletionSource? _none;

    internal void Begin() => Interlocked.Increment(ref _count);

    internal void End()
    {
        if (Interlocked.Decrement(ref _count) == 0)
        {
            Volatile.Read(ref _none)?.TrySetResult();
        }
    }

    /// <summary>Waits until none is under way, but no longer than the bound.</summary>
    internal async Task WhenNoneAsync(TimeSpan bound)
    {
        var none = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _none, none);
        if (Volatile.Read(ref _count) > 0)
        {
            try
            {
                await none.Task.WaitAsync(bound, clock.Time).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // They go on by themselves.
            }
        }
    }
}
