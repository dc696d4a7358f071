using Microsoft.Extensions.Logging;

namespace DistributedLocking.Telemetry;

/// <summary>
/// The core's log entries. Ids 1 to 9: normal operation (Debug); 10 to 29: something the application should know
/// (Warning); 30 to 39: failures (Error).
/// </summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Debug, "Acquired '{Key}' ({KeyHash}) as {OwnerId} with fencing token {FencingToken} after {Waited}.")]
    internal static partial void Acquired(ILogger logger, string key, string keyHash, string ownerId, long fencingToken, TimeSpan waited);

    [LoggerMessage(2, LogLevel.Debug, "Released '{Key}' after {Held}.")]
    internal static partial void Released(ILogger logger, string key, TimeSpan held);

    [LoggerMessage(3, LogLevel.Debug, "'{Key}' was not acquired within {Waited}: {Holder}.")]
    internal static partial void NotAcquired(ILogger logger, string key, string holder, TimeSpan waited);

    [LoggerMessage(4, LogLevel.Debug, "An acquisition of '{Key}' with an unknown outcome could not be undone yet; trying again until its lease would have ended.")]
    internal static partial void CleanUpFailed(ILogger logger, Exception exception, string key);

    [LoggerMessage(10, LogLevel.Warning, "There is nothing to release for the lock {Key}: it was not acquired through this instance, was released before, or was lost.")]
    internal static partial void NothingToRelease(ILogger logger, string key);

    [LoggerMessage(11, LogLevel.Warning, "The store took {Elapsed} of the {TimeToLive} lease to grant the lock {Key}.")]
    internal static partial void SlowAcquire(ILogger logger, string key, TimeSpan elapsed, TimeSpan timeToLive);

    [LoggerMessage(12, LogLevel.Warning, "The lock {Key} was lost after {Held}: {Reason}.")]
    internal static partial void Lost(ILogger logger, string key, TimeSpan held, string reason);

    [LoggerMessage(13, LogLevel.Warning, "Renewals began to fail, first that of the lock {Key}; it is lost in {Remaining} unless one succeeds.")]
    internal static partial void RenewalsFail(ILogger logger, Exception? exception, string key, TimeSpan remaining);

    [LoggerMessage(14, LogLevel.Warning, "The handle of the lock {Key} was garbage collected without a release; the lock lapses in {Remaining}.")]
    internal static partial void HandleCollected(ILogger logger, string key, TimeSpan remaining);

    [LoggerMessage(15, LogLevel.Warning, "Waiting for a notification about the lock {Key} failed; polling until it works again.")]
    internal static partial void WatchFailed(ILogger logger, Exception exception, string key);

    [LoggerMessage(16, LogLevel.Warning, "A release of the lock {Key} is not confirmed; it goes on in the background.")]
    internal static partial void ReleaseUnconfirmed(ILogger logger, Exception exception, string key);

    [LoggerMessage(17, LogLevel.Warning, "The lock {Key} had been taken away before it was released after {Held}.")]
    internal static partial void ReleasedTooLate(ILogger logger, string key, TimeSpan held);

    [LoggerMessage(18, LogLevel.Warning, "The watch of the lock {Key} could not be closed.")]
    internal static partial void WatchNotClosed(ILogger logger, Exception exception, string key);

    [LoggerMessage(19, LogLevel.Warning, "A listener to the lock's metrics or traces failed.")]
    internal static partial void ListenerFailed(ILogger logger, Exception exception);

    [LoggerMessage(20, LogLevel.Warning, "Renewals work again; they had failed for {Count} locks.")]
    internal static partial void RenewalsWork(ILogger logger, int count);

    [LoggerMessage(21, LogLevel.Warning, "{Count} reports to logs and metrics were dropped: a logger or a listener blocked for too long.")]
    internal static partial void ReportsDropped(ILogger logger, int count);

    [LoggerMessage(31, LogLevel.Error, "The lock {Key} was not acquired: its store failed.")]
    internal static partial void StoreFailed(ILogger logger, Exception exception, string key);

    [LoggerMessage(32, LogLevel.Error, "The lock's store could not be closed.")]
    internal static partial void DisposeFailed(ILogger logger, Exception exception);
}
