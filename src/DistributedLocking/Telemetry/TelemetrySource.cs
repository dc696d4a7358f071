using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;

namespace DistributedLocking.Telemetry;

/// <summary>The meter, its instruments and the activity source, one of each in a process.</summary>
/// <remarks>
/// To make an instrument or a source calls the listeners that are there already. What throws there must not fail this
/// type, and with it all locks, for good: what could not be made is null.
/// </remarks>
internal static class TelemetrySource
{
    /// <summary>Seconds. The default ones suit milliseconds: all below five seconds is one bucket.</summary>
    private static readonly double[] Buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

    private static readonly string? Version = FindVersion();
    private static readonly Meter Meter = new(DistributedLockTelemetry.MeterName, Version);

    internal static ActivitySource? Activities { get; } = TryMake(() => new ActivitySource(DistributedLockTelemetry.ActivitySourceName, Version));

    internal static Histogram<double>? AcquireDuration { get; } =
        TryMake(() => Duration("distributed_lock.acquire.duration", "Time from the call to its outcome, waiting included."));

    internal static Histogram<double>? HoldDuration { get; } =
        TryMake(() => Duration("distributed_lock.hold.duration", "Time from the acquisition to the release or loss."));

    internal static UpDownCounter<long>? Held { get; } =
        TryMake(() => Meter.CreateUpDownCounter<long>("distributed_lock.held", "{lock}", "Locks held now."));

    internal static UpDownCounter<long>? Waiting { get; } =
        TryMake(() => Meter.CreateUpDownCounter<long>("distributed_lock.waiting", "{caller}", "Callers that wait for a lock now."));

    internal static Counter<long>? Lost { get; } = TryMake(() => Meter.CreateCounter<long>("distributed_lock.lost", "{lock}", "Locks that were lost."));

    internal static Counter<long>? Renewals { get; } =
        TryMake(() => Meter.CreateCounter<long>("distributed_lock.renewals", "{renewal}", "Renewals by outcome."));

    private static Histogram<double> Duration(string name, string description) =>
        Meter.CreateHistogram(name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Buckets });

    private static T? TryMake<T>(Func<T> make)
        where T : class
    {
        try
        {
            return make();
        }
        catch (Exception)
        {
            return null;
        }
    }

    // The build appends the commit to it.
    private static string? FindVersion() =>
        typeof(TelemetrySource).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
}
