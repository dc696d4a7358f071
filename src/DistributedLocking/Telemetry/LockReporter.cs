using System.Diagnostics;
using DistributedLocking.Engine.Time;
using DistributedLocking.Providers;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Telemetry;

/// <summary>
/// Tells logs, metrics and traces what happened, with a key only where the options allow it. What a call of the user's
/// leads to is told at once, on the thread of that call and after its lock is safe. What the engine's own threads find
/// is queued, and told elsewhere: no logger or listener holds up a renewal or the signal of a loss. What throws there
/// harms nobody.
/// </summary>
internal sealed class LockReporter
{
    private readonly SafeLogger _logger;
    private readonly LockTelemetry _telemetry;
    private readonly Clock _clock;
    private readonly KeyName _names;
    private readonly ReportQueue _queue;
    private readonly QueuedLogger _queued;
    private readonly DeferredCount _ended;
    private readonly DeferredCount _lost;
    private readonly Dictionary<RenewalOutcome, DeferredCount> _renewals;

    internal LockReporter(SafeLogger logger, LockTelemetry telemetry, Clock clock, KeyName names)
    {
        _logger = logger;
        _telemetry = telemetry;
        _clock = clock;
        _names = names;
        _queue = new ReportQueue(isInline: !clock.IsSystem, dropped => Log.ReportsDropped(logger, dropped));
        _queued = new QueuedLogger(_queue, logger);
        _ended = Deferred(static (target, count) => target.Held(-count));
        _lost = Deferred(static (target, count) => target.Lost(count));
        _renewals = new()
        {
            [RenewalOutcome.Renewed] = Deferred(static (target, count) => target.Renewals(count, LockTags.Renewed)),
            [RenewalOutcome.Lost] = Deferred(static (target, count) => target.Renewals(count, LockTags.Lost)),
            [RenewalOutcome.Unknown] = Deferred(static (target, count) => target.Renewals(count, LockTags.Unknown)),
        };
    }

    internal string Name(string key) => _names.Of(key);

    /// <summary>Starts a trace; null when nobody listens, or a listener failed.</summary>
    internal Activity? StartAcquire()
    {
        var current = Activity.Current;
        try
        {
            return LockTelemetry.StartAcquire();
        }
        catch (Exception e)
        {
            // It may have been started already.
            Activity.Current = current;
            Log.ListenerFailed(_logger, e);
            return null;
        }
    }

    internal void Acquired(Activity? activity, IReportedHold lease, TimeSpan waited)
    {
        var key = lease.Key;
        if (lease.Hold.TryBegin(LockTelemetry.CountsHeld))
        {
            Measure(1, static (target, value) => target.Held(value));
        }

        EndAcquire(activity, LockTags.Acquired, waited, key, lease.FencingToken, error: null);
        if (_logger.IsEnabled(LogLevel.Debug))
        {
            Log.Acquired(_logger, key, _names.Hash(key), lease.OwnerId, lease.FencingToken, waited);
        }
    }

    /// <summary>Somebody held the lock for the whole wait.</summary>
    /// <param name="activity">The trace.</param>
    /// <param name="key">The key.</param>
    /// <param name="waited">How long the caller waited.</param>
    /// <param name="holder">Who held it, in words.</param>
    /// <param name="error">What the caller gets thrown; null when it gets null.</param>
    internal void NotAcquired(Activity? activity, string key, TimeSpan waited, string holder, Exception? error)
    {
        EndAcquire(activity, error is null ? LockTags.NotAcquired : LockTags.TimedOut, waited, key, fencingToken: null, error);
        Log.NotAcquired(_logger, key, holder, waited);
    }

    /// <summary>The store failed.</summary>
    internal void Unavailable(Activity? activity, string key, TimeSpan waited, Exception error)
    {
        Log.StoreFailed(_logger, error, Name(key));
        EndAcquire(activity, LockTags.Unavailable, waited, key, fencingToken: null, error);
    }

    /// <summary>The acquisition was cancelled, or something of the user's threw.</summary>
    internal void Threw(Activity? activity, string key, TimeSpan waited, Exception error, bool isCancelled) =>
        EndAcquire(activity, isCancelled ? LockTags.Cancelled : LockTags.Unavailable, waited, key, fencingToken: null, error);

    internal void SlowGrant(string key, TimeSpan elapsed, TimeSpan timeToLive)
    {
        if (elapsed > timeToLive / 10)
        {
            Log.SlowAcquire(_logger, Name(key), elapsed, timeToLive);
        }
    }

    /// <summary>Nothing of the key was to be released.</summary>
    internal void NothingToRelease(string key) => Log.NothingToRelease(_logger, Name(key));

    internal void ReleaseUnconfirmed(string key, Exception error) => Log.ReleaseUnconfirmed(_logger, error, Name(key));

    internal void WatchFailed(string key, Exception error) => Log.WatchFailed(_logger, error, Name(key));

    internal void WatchNotClosed(string key, Exception error) => Log.WatchNotClosed(_logger, error, Name(key));

    internal void DisposeFailed(Exception error) => Log.DisposeFailed(_logger, error);

    internal void Waiting(int change) => Measure(change, static (target, value) => target.Waiting(value));

    internal void Released(IReportedHold lease, bool wasOurs)
    {
        var held = _clock.Since(lease.AcquiredAt);
        var (wasAcquired, wasCounted) = lease.Hold.End();
        Measure((held, wasAcquired, wasCounted, wasOurs), static (target, value) =>
        {
            if (value.wasCounted)
            {
                target.Held(-1);
            }

            if (value.wasAcquired)
            {
                target.HoldTook(value.held);
            }

            if (!value.wasOurs)
            {
                target.Lost(1);
            }
        });
        if (!wasOurs)
        {
            Log.ReleasedTooLate(_logger, Name(lease.Key), held);
        }
        else if (_logger.IsEnabled(LogLevel.Debug))
        {
            Log.Released(_logger, lease.Key, held);
        }
    }

    /// <summary>Told by any thread.</summary>
    internal void Lost(IReportedHold lease, LossReason reason)
    {
        var held = _clock.Since(lease.AcquiredAt);
        var (wasAcquired, wasCounted) = lease.Hold.End();
        if (wasCounted)
        {
            _ended.Increment();
        }

        if (LockTelemetry.CountsLost)
        {
            _lost.Increment();
        }

        if (wasAcquired && LockTelemetry.MeasuresHolds)
        {
            _queue.Post(() => Measure(held, static (target, value) => target.HoldTook(value)));
        }

        Log.Lost(_queued, Name(lease.Key), held, Describe(reason));
    }

    /// <summary>Told by the renewals' thread.</summary>
    internal void Renewal(RenewalOutcome outcome)
    {
        if (LockTelemetry.CountsRenewals)
        {
            _renewals[outcome].Increment();
        }
    }

    /// <summary>Told by the renewals' thread.</summary>
    internal void RenewalsFail(IReportedHold lease, TimeSpan remaining, Exception? error) =>
        Log.RenewalsFail(_queued, error, Name(lease.Key), remaining);

    /// <summary>Told by the renewals' thread.</summary>
    internal void RenewalsWork(int count) => Log.RenewalsWork(_queued, count);

    /// <summary>Told by the lease clock's thread.</summary>
    internal void HandleCollected(IReportedHold lease) => Log.HandleCollected(_queued, Name(lease.Key), _clock.Until(lease.Deadline));

    /// <summary>Told by a clean-up.</summary>
    internal void CleanUpFailed(string key, Exception error) => Log.CleanUpFailed(_queued, error, key);

    /// <summary>Waits until what was queued has been told, but no longer than the bound.</summary>
    internal Task FlushAsync(TimeSpan bound) => _queue.FlushAsync(bound);

    private void EndAcquire(Activity? activity, string outcome, TimeSpan waited, string key, long? fencingToken, Exception? error)
    {
        Measure((waited, outcome), static (target, value) => target.AcquireTook(value.waited, value.outcome));
        if (activity is not null)
        {
            Measure(
                (activity, outcome, key: _names.IsRevealed ? key : null, fencingToken, error),
                static (target, value) => target.EndAcquire(value.activity, value.outcome, value.key, value.fencingToken, value.error));
        }
    }

    private DeferredCount Deferred(Action<LockTelemetry, long> report) => new(_queue, count => Measure((report, count), static (target, value) => value.report(target, value.count)));

    /// <summary>Measures without letting a listener's fault through: it would cost a lock.</summary>
    private void Measure<T>(T value, Action<LockTelemetry, T> measure)
    {
        try
        {
            measure(_telemetry, value);
        }
        catch (Exception e)
        {
            Log.ListenerFailed(_logger, e);
        }
    }

    private static string Describe(LossReason reason) => reason switch
    {
        LossReason.DeadlinePassed => "its lease ended before it was renewed",
        LossReason.TakenAway => "the store says that it is not held by this owner any more",
        LossReason.MaxHoldTimeReached => "the longest hold allowed is over",
        _ => "the lock's service was disposed",
    };
}
