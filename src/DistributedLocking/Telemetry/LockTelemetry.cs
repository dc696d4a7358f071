using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace DistributedLocking.Telemetry;

/// <summary>The meter and the activity source, both named <c>DistributedLocking</c>. Nothing is allocated while nobody listens.</summary>
internal sealed class LockTelemetry(string provider)
{
    internal const string Name = "DistributedLocking";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<double> AcquireDuration = Meter.CreateHistogram<double>(
        "distributed_lock.acquire.duration", "s", "Time from the call to its outcome, waiting included.");

    private static readonly Histogram<double> HoldDuration = Meter.CreateHistogram<double>(
        "distributed_lock.hold.duration", "s", "Time from the acquisition to the release or loss.");

    private static readonly UpDownCounter<long> HeldLocks = Meter.CreateUpDownCounter<long>("distributed_lock.held", "{lock}", "Locks held now.");

    private static readonly UpDownCounter<long> WaitingCallers = Meter.CreateUpDownCounter<long>(
        "distributed_lock.waiting", "{caller}", "Callers that wait for a lock now.");

    private static readonly Counter<long> LostLocks = Meter.CreateCounter<long>("distributed_lock.lost", "{lock}", "Locks that were lost.");

    private static readonly Counter<long> Renewals = Meter.CreateCounter<long>("distributed_lock.renewals", "{renewal}", "Renewals by outcome.");

    private readonly KeyValuePair<string, object?> _provider = new(LockTags.Provider, provider);

    /// <summary>Starts a trace of an acquisition; null when nobody listens.</summary>
    internal static Activity? StartAcquire() => Source.StartActivity("distributed_lock.acquire", ActivityKind.Client);

    internal void EndAcquire(Activity? activity, string outcome, TimeSpan elapsed, string? key, long? fencingToken)
    {
        if (AcquireDuration.Enabled)
        {
            AcquireDuration.Record(elapsed.TotalSeconds, _provider, new(LockTags.Outcome, outcome));
        }

        if (activity is null)
        {
            return;
        }

        activity.SetTag(LockTags.Provider, provider);
        activity.SetTag(LockTags.Outcome, outcome);
        if (key is not null)
        {
            activity.SetTag(LockTags.Key, key);
        }

        if (fencingToken is { } token)
        {
            activity.SetTag(LockTags.FencingToken, token);
        }

        if (string.Equals(outcome, LockTags.Unavailable, StringComparison.Ordinal))
        {
            activity.SetStatus(ActivityStatusCode.Error);
        }

        activity.Dispose();
    }

    internal void Waiting(int change) => WaitingCallers.Add(change, _provider);

    internal void Held() => HeldLocks.Add(1, _provider);

    internal void Ended(TimeSpan held, bool lost)
    {
        HeldLocks.Add(-1, _provider);
        HoldDuration.Record(held.TotalSeconds, _provider);
        if (lost)
        {
            LostLocks.Add(1, _provider);
        }
    }

    internal void Renewal(string outcome) => Renewals.Add(1, _provider, new(LockTags.Outcome, outcome));
}
