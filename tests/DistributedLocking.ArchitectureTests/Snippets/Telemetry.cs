#region usings of telemetry
using DistributedLocking;     // DistributedLockTelemetry
using OpenTelemetry.Metrics;  // MeterProviderBuilder, AddView
using OpenTelemetry.Trace;    // TracerProviderBuilder
#endregion

namespace Snippets;

internal static class Telemetry
{
    internal static void Listen(MeterProviderBuilder metrics, TracerProviderBuilder tracing)
    {
        #region open telemetry
        metrics.AddMeter(DistributedLockTelemetry.MeterName);
        tracing.AddSource(DistributedLockTelemetry.ActivitySourceName);
        #endregion
    }

    internal static void View(MeterProviderBuilder metrics)
    {
        #region buckets
        metrics.AddView("distributed_lock.*.duration", new ExplicitBucketHistogramConfiguration
        {
            Boundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
        });
        #endregion
    }
}
