namespace DistributedLocking;

/// <summary>The names to listen to, such as with OpenTelemetry's <c>AddMeter</c> and <c>AddSource</c>.</summary>
public static class DistributedLockTelemetry
{
    /// <summary>The name of the <see cref="System.Diagnostics.Metrics.Meter"/> of all locks.</summary>
    public const string MeterName = "DistributedLocking";

    /// <summary>The name of the <see cref="System.Diagnostics.ActivitySource"/> of all locks.</summary>
    public const string ActivitySourceName = "DistributedLocking";
}
