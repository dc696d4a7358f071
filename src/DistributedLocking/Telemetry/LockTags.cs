namespace DistributedLocking.Telemetry;

/// <summary>Names and values of the tags on metrics and traces. A lock key is never a metric's tag.</summary>
internal static class LockTags
{
    internal const string Provider = "distributed_lock.provider";
    internal const string Name = "distributed_lock.name";
    internal const string Outcome = "distributed_lock.outcome";
    internal const string Key = "distributed_lock.key";
    internal const string FencingToken = "distributed_lock.fencing_token";

    /// <summary>The type of the exception that a caller got, as OpenTelemetry names it.</summary>
    internal const string ErrorType = "error.type";

    internal const string Acquired = "acquired";
    internal const string NotAcquired = "held_by_other";
    internal const string TimedOut = "timeout";
    internal const string Unavailable = "unavailable";
    internal const string Cancelled = "cancelled";

    internal const string Renewed = "renewed";
    internal const string Lost = "lost";
    internal const string Unknown = "unknown";
}
