using System.Diagnostics;
using DistributedLocking.Providers;
using DistributedLocking.Telemetry;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Engine;

/// <summary>Tells logs, metrics and traces what happened, with a key only where the options allow it.</summary>
internal sealed class LockReporter(ILogger logger, LockTelemetry telemetry, Clock clock, bool revealKeys)
{
    private const string Withheld = "(key withheld)";

    internal ILogger Logger { get; } = logger;

    internal string Name(string key) => revealKeys ? key : Withheld;

    internal void Acquired(Activity? activity, Lease lease, TimeSpan waited)
    {
        var key = lease.Gate.Key;
        Measure(0, static (target, _) => target.Held());
        EndAcquire(activity, LockTags.Acquired, waited, key, lease.FencingToken);
        if (Logger.IsEnabled(LogLevel.Debug))
        {
            Log.Acquired(Logger, key, lease.Reference.OwnerId, lease.FencingToken, waited);
        }
    }

    internal void NotAcquired(Activity? activity, string key, string outcome, TimeSpan waited)
    {
        EndAcquire(activity, outcome, waited, key, fencingToken: null);
        if (string.Equals(outcome, LockTags.NotAcquired, StringComparison.Ordinal))
        {
            Log.NotAcquired(Logger, key, waited);
        }
    }

    internal void SlowGrant(string key, TimeSpan elapsed, TimeSpan timeToLive)
    {
        if (elapsed > timeToLive / 10)
        {
            Log.SlowAcquire(Logger, Name(key), elapsed, timeToLive);
        }
    }

    internal void Waiting(int change) => Measure(change, static (target, value) => target.Waiting(value));

    internal void Renewal(RenewalOutcome outcome) => Measure(
        outcome switch
        {
            RenewalOutcome.Renewed => LockTags.Renewed,
            RenewalOutcome.Lost => LockTags.Lost,
            _ => LockTags.Unknown,
        },
        static (target, value) => target.Renewal(value));

    internal void RenewalsFail(Lease lease, TimeSpan remaining, Exception? error) =>
        Log.RenewalsFail(Logger, error, Name(lease.Gate.Key), remaining);

    internal void RenewalsWork(int count) => Log.RenewalsWork(Logger, count);

    internal void Released(Lease lease, bool wasOurs)
    {
        var held = clock.Since(lease.AcquiredAt);
        Measure((held, lost: !wasOurs), static (target, value) => target.Ended(value.held, value.lost));
        if (!wasOurs)
        {
            Log.ReleasedTooLate(Logger, Name(lease.Gate.Key), held);
        }
        else if (Logger.IsEnabled(LogLevel.Debug))
        {
            Log.Released(Logger, lease.Gate.Key, held);
        }
    }

    internal void Lost(Lease lease, LossReason reason)
    {
        var held = clock.Since(lease.AcquiredAt);
        Measure(held, static (target, value) => target.Ended(value, lost: true));
        Log.Lost(Logger, Name(lease.Gate.Key), held, Describe(reason));
    }

    internal void HandleCollected(Lease lease) => Log.HandleCollected(Logger, Name(lease.Gate.Key), clock.Until(lease.Deadline));

    private void EndAcquire(Activity? activity, string outcome, TimeSpan waited, string key, long? fencingToken) => Measure(
        (activity, outcome, waited, key: revealKeys ? key : null, fencingToken),
        static (target, value) => target.EndAcquire(value.activity, value.outcome, value.waited, value.key, value.fencingToken));

    /// <summary>Measures without letting a listener's fault through: it would cost a lock, or the process on a thread of the engine's own.</summary>
    private void Measure<T>(T value, Action<LockTelemetry, T> measure)
    {
        try
        {
            measure(telemetry, value);
        }
        catch (Exception e)
        {
            Log.ListenerFailed(Logger, e);
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
