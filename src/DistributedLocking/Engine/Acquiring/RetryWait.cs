using DistributedLocking.Engine.Gates;
using DistributedLocking.Engine.Plans;
using DistributedLocking.Engine.Time;
using DistributedLocking.Providers;
using DistributedLocking.Telemetry;

namespace DistributedLocking.Engine.Acquiring;

/// <summary>
/// Waits between the attempts of one acquisition: for a notification where the store sends them, else by polling.
/// </summary>
internal sealed class RetryWait(ILockProvider provider, Clock clock, LockReporter reporter, LocalGate gate, RetryPolicy policy)
    : IAsyncDisposable
{
    /// <summary>
    /// The longest wait for a watch to close. What it was for may have been granted, and nobody has the handle yet.
    /// </summary>
    private static readonly TimeSpan CloseBound = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a store that can't notify now is left alone, where asking it takes a request: it may cost the poll that
    /// comes after it time.
    /// </summary>
    private static readonly TimeSpan WatchAgainAfter = TimeSpan.FromSeconds(5);

    private readonly RetryPace _pace = new(policy);
    private readonly bool _watchesFromAttempt = provider.Capabilities.HasFlag(LockProviderCapabilities.Notification | LockProviderCapabilities.Queue);
    private readonly bool _canWatch = provider.Capabilities.HasFlag(LockProviderCapabilities.Notification) || provider.Capabilities.HasFlag(LockProviderCapabilities.Queue);
    private IKeyWatch? _watch;
    private long _watchAgainAt = long.MinValue;
    private bool _hasWarned;

    /// <summary>Pauses until another attempt is worthwhile, at most for the time given.</summary>
    /// <returns>The grant that the store made meanwhile, if it did.</returns>
    internal async ValueTask<AcquireReply?> PauseAsync(AcquireRequest request, AcquisitionResult last, TimeSpan remaining, CancellationToken cancellationToken)
    {
        if (last.Failure is not null)
        {
            await StopWatchingAsync().ConfigureAwait(false);
        }
        else if (_watch is null && _canWatch && clock.Now >= _watchAgainAt && await TryWatchAsync(request, remaining, cancellationToken).ConfigureAwait(false) && !_watchesFromAttempt)
        {
            // A release before the watch began woke nobody; the attempt that follows sees it.
            return null;
        }

        if (_watch is null)
        {
            await PollAsync(remaining, cancellationToken).ConfigureAwait(false);
            return null;
        }

        gate.ReportWatched();
        return await WaitForWakeUpAsync(Cut(_pace.WhileWatching(last.Answer?.HolderExpiresIn), remaining), cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => StopWatchingAsync();

    private static TimeSpan Cut(TimeSpan pause, TimeSpan remaining) =>
        remaining != Timeout.InfiniteTimeSpan && remaining < pause ? Clock.RoundUp(remaining) : Clock.RoundUp(pause);

    /// <summary>
    /// Pauses as long as the fastest of all who wait here would: this caller looks for them too. One that comes
    /// meanwhile may end it earlier.
    /// </summary>
    private async Task PollAsync(TimeSpan most, CancellationToken cancellationToken)
    {
        using var pause = new AskerPause(clock, Cut(_pace.WhilePolling(), most));
        if (!gate.BeginPause(pause, clock.After(clock.Now, RetryPace.Net)))
        {
            return;
        }

        try
        {
            foreach (var pace in gate.PacesOfWaiters())
            {
                gate.LimitPause(Next(pace));
            }

            await pause.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            gate.EndPause();
        }
    }

    private static TimeSpan Next(RetryPace pace)
    {
        try
        {
            return pace.WhilePolling();
        }
        catch (Exception)
        {
            // Another caller's policy, which will tell that caller itself.
            return TimeSpan.MaxValue;
        }
    }

    private async ValueTask<bool> TryWatchAsync(AcquireRequest request, TimeSpan remaining, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(remaining, clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            _watch = await provider.WatchAsync(request, either.Token).ConfigureAwait(false);
            if (_watch is null && !_watchesFromAttempt)
            {
                _watchAgainAt = clock.After(clock.Now, WatchAgainAfter);
            }
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // The wait is over.
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            NoteWatchFailed(e);
        }

        return _watch is not null;
    }

    private async ValueTask<AcquireReply?> WaitForWakeUpAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(pause, clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var wakeUp = await _watch!.WaitAsync(either.Token).ConfigureAwait(false);
            return wakeUp.Grant;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            NoteWatchFailed(e);
            await StopWatchingAsync().ConfigureAwait(false);
            await PollAsync(pause, cancellationToken).ConfigureAwait(false);
            return null;
        }
    }

    // Once for each wait: a store that refuses is asked again at every poll.
    private void NoteWatchFailed(Exception error)
    {
        if (!_hasWarned)
        {
            _hasWarned = true;
            reporter.WatchFailed(gate.Key, error);
        }
    }

    private async ValueTask StopWatchingAsync()
    {
        if (_watch is { } watch)
        {
            _watch = null;
            try
            {
                var closing = watch.DisposeAsync();
                if (!closing.IsCompletedSuccessfully)
                {
                    var task = closing.AsTask();
                    task.Observe();
                    await task.WaitAsync(CloseBound, clock.Time).ConfigureAwait(false);
                }
            }
            catch (Exception e)
            {
                // The acquisition may have succeeded; its lease must not be dropped for this.
                reporter.WatchNotClosed(gate.Key, e);
            }
        }
    }
}
