using Microsoft.Extensions.Logging;

namespace DistributedLocking.Etcd;

/// <summary>What the etcd provider logs. Event ids 6000 to 6099.</summary>
internal static partial class Log
{
    internal const string Category = "DistributedLocking.Etcd";

    [LoggerMessage(6000, LogLevel.Debug, "{Endpoint} of etcd does not serve; going on with {Next}. {Reason}")]
    internal static partial void EndpointChanged(ILogger logger, string endpoint, string next, string reason);

    [LoggerMessage(6001, LogLevel.Debug, "The watch for releases ended; waiters ask again. {Reason}")]
    internal static partial void WatchEnded(ILogger logger, string reason);

    [LoggerMessage(6002, LogLevel.Warning, "etcd has lost data, as after the restore of a snapshot: its revisions fell. Fencing tokens go on from the clock.")]
    internal static partial void RevisionsFell(ILogger logger);
}
