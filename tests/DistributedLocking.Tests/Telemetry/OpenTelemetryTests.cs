using System.Diagnostics;
using DistributedLocking.Tests.Doubles;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace DistributedLocking.Tests.Telemetry;

/// <summary>What OpenTelemetry makes of the metrics and traces, by the names that are public.</summary>
public sealed class OpenTelemetryTests : EngineTest
{
    private readonly List<Metric> _metrics = [];
    private readonly List<Activity> _traces = [];

    public OpenTelemetryTests() => Provider.Name = $"scripted-{Random.Shared.NextInt64()}";

    [Fact]
    public async Task Short_times_have_buckets_of_their_own()
    {
        using var meters = Sdk.CreateMeterProviderBuilder().AddMeter(DistributedLockTelemetry.MeterName).AddInMemoryExporter(_metrics).Build();
        var holder = Provider.HoldElsewhere(Key);
        foreach (var wait in new[] { 0, 0.03, 7 })
        {
            var waiting = Locks.TryAcquireAsync(Key, new AcquireOptions { WaitTimeout = Seconds(wait) }, Cancel).AsTask();
            Time.Advance(Seconds(wait));
            (await waiting).ShouldBeNull();
        }

        meters.ForceFlush();

        var duration = _metrics.Single(metric => metric.Name == "distributed_lock.acquire.duration");
        duration.Unit.ShouldBe("s");
        duration.MeterVersion.ShouldBe("0.1.0");
        BucketsOf(duration).ShouldBe([0.001, 0.05, 10]);
        GC.KeepAlive(holder);
    }

    [Fact]
    public async Task Traces_have_the_version()
    {
        using var tracer = Sdk.CreateTracerProviderBuilder().AddSource(DistributedLockTelemetry.ActivitySourceName).AddInMemoryExporter(_traces).Build();

        await (await Locks.AcquireAsync(Key, cancellationToken: Cancel)).ReleaseAsync(Cancel);
        tracer.ForceFlush();

        _traces.Single(trace => Equals(trace.GetTagItem("distributed_lock.provider"), Provider.Name)).Source.Version.ShouldBe("0.1.0");
    }

    /// <summary>The upper bounds of the buckets that this test has filled.</summary>
    private List<double> BucketsOf(Metric metric)
    {
        var bounds = new List<double>();
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            if (!IsOfThisTest(point.Tags))
            {
                continue;
            }

            foreach (var bucket in point.GetHistogramBuckets())
            {
                if (bucket.BucketCount > 0)
                {
                    bounds.Add(bucket.ExplicitBound);
                }
            }
        }

        return bounds;
    }

    private bool IsOfThisTest(ReadOnlyTagCollection tags)
    {
        foreach (var tag in tags)
        {
            if (Equals(tag.Value, Provider.Name))
            {
                return true;
            }
        }

        return false;
    }
}
