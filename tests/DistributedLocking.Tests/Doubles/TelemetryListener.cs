using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace DistributedLocking.Tests.Doubles;

/// <summary>
/// Listens to the metrics and traces of the locks of one provider, and does what a test wants a listener to do besides.
/// </summary>
internal sealed class TelemetryListener : IDisposable
{
    private readonly string _provider;
    private readonly MeterListener _meters = new();
    private readonly ActivityListener _activities;

    internal TelemetryListener(string provider)
    {
        _provider = provider;
        _meters.InstrumentPublished = (instrument, target) =>
        {
            if (instrument.Meter.Name == "DistributedLocking")
            {
                target.EnableMeasurementEvents(instrument);
            }
        };
        _meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        _meters.Start();
        _activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "DistributedLocking",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (Equals(activity.GetTagItem("distributed_lock.provider"), _provider))
                {
                    Activities.Enqueue(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(_activities);
    }

    internal ConcurrentQueue<Measurement> Measurements { get; } = new();

    internal ConcurrentQueue<Activity> Activities { get; } = new();

    /// <summary>Called with the name of the instrument before a measurement is kept.</summary>
    internal Action<string>? OnMeasurement { get; set; }

    internal IEnumerable<Measurement> Of(string instrument) => Measurements.Where(item => item.Name == instrument);

    internal double SumOf(string instrument) => Of(instrument).Sum(item => item.Value);

    public void Dispose()
    {
        _meters.Dispose();
        _activities.Dispose();
    }

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var all = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value as string, StringComparer.Ordinal);
        if (all["distributed_lock.provider"] == _provider)
        {
            OnMeasurement?.Invoke(instrument.Name);
            Measurements.Enqueue(new Measurement(instrument.Name, instrument.Unit, value, all));
        }
    }

    internal sealed record Measurement(string Name, string? Unit, double Value, IReadOnlyDictionary<string, string?> Tags)
    {
        internal string? Outcome => Tags.GetValueOrDefault("distributed_lock.outcome");
    }
}
