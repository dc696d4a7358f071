using System.Diagnostics;

namespace DistributedLocking.Telemetry;

/// <summary>
/// What one lock measures and traces. Nothing is allocated while nobody listens. A listener's fault comes out of each
/// of these methods.
/// </summary>
internal sealed class LockTelemetry
{
    private readonly TagList _tags;

    /// <param name="provider">The provider's name.</param>
    /// <param name="name">The lock's own name, if it has one.</param>
    internal LockTelemetry(string provider, string? name)
    {
        _tags.Add(LockTags.Provider, provider);
        if (name is not null)
        {
            _tags.Add(LockTags.Name, name);
        }
    }

    internal static bool CountsHeld => TelemetrySource.Held is { Enabled: true };

    internal static bool CountsLost => TelemetrySource.Lost is { Enabled: true };

    internal static bool CountsRenewals => TelemetrySource.Renewals is { Enabled: true };

    internal static bool MeasuresHolds => TelemetrySource.HoldDuration is { Enabled: true };

    /// <summary>Starts a trace of an acquisition; null when nobody listens.</summary>
    internal static Activity? StartAcquire() => TelemetrySource.Activities?.StartActivity("distributed_lock.acquire", ActivityKind.Client);

    /// <param name="activity">The trace.</param>
    /// <param name="outcome">How the acquisition ended.</param>
    /// <param name="key">The key, if it may be shown.</param>
    /// <param name="fencingToken">The token of the acquired lock.</param>
    /// <param name="error">What the caller gets thrown.</param>
    internal void EndAcquire(Activity activity, string outcome, string? key, long? fencingToken, Exception? error)
    {
        foreach (var (name, value) in _tags)
        {
            activity.SetTag(name, value);
        }

        activity.SetTag(LockTags.Outcome, outcome);
        activity.SetTag(LockTags.Key, key);
        activity.SetTag(LockTags.FencingToken, fencingToken);
        try
        {
            if (error is not null)
            {
                activity.SetTag(LockTags.ErrorType, error.GetType().FullName);
                activity.SetStatus(ActivityStatusCode.Error, error.Message);
                activity.AddException(error);
            }
        }
        finally
        {
            activity.Dispose();
        }
    }

    internal void AcquireTook(TimeSpan elapsed, string outcome)
    {
        if (TelemetrySource.AcquireDuration is { Enabled: true } duration)
        {
            duration.Record(elapsed.TotalSeconds, With(outcome));
        }
    }

    internal void HoldTook(TimeSpan elapsed) => TelemetrySource.HoldDuration?.Record(elapsed.TotalSeconds, _tags);

    internal void Waiting(int change)
    {
        if (TelemetrySource.Waiting is { Enabled: true } waiting)
        {
            waiting.Add(change, _tags);
        }
    }

    internal void Held(long change) => TelemetrySource.Held?.Add(change, _tags);

    internal void Lost(long count) => TelemetrySource.Lost?.Add(count, _tags);

    internal void Renewals(long count, string outcome) => TelemetrySource.Renewals?.Add(count, With(outcome));

    private TagList With(string outcome)
    {
        var tags = _tags;
        tags.Add(LockTags.Outcome, outcome);
        return tags;
    }
}
