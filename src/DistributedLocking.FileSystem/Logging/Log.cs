using Microsoft.Extensions.Logging;

namespace DistributedLocking.FileSystem.Logging;

/// <summary>What this package logs. Event ids 4000 to 4099.</summary>
internal static partial class Log
{
    [LoggerMessage(4000, LogLevel.Warning, "The lock directory {Directory} can't be watched for releases; waiters poll.")]
    internal static partial void NotWatching(ILogger logger, string directory, Exception error);

    [LoggerMessage(4001, LogLevel.Warning, "The lock directory {Directory} is on a network file system: its locks are as good as the server's lock service, and releases on other machines are found by polling.")]
    internal static partial void RemoteFileSystem(ILogger logger, string directory);

    [LoggerMessage(4002, LogLevel.Debug, "Looking for abandoned lock files in {Directory} failed.")]
    internal static partial void SweepFailed(ILogger logger, string directory, Exception error);
}
