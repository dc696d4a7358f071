using Microsoft.Extensions.Logging;

namespace DistributedLocking.Hosting;

internal static partial class Log
{
    internal const string Category = "DistributedLocking.Hosting.LeaderElection";

    [LoggerMessage(5000, LogLevel.Information, "This process leads for '{Key}', with the fencing token {FencingToken}.")]
    internal static partial void Leads(ILogger logger, string key, long fencingToken);

    [LoggerMessage(5001, LogLevel.Information, "The term for '{Key}' with the fencing token {FencingToken} has ended in order.")]
    internal static partial void TermEnded(ILogger logger, string key, long fencingToken);

    [LoggerMessage(5002, LogLevel.Warning, "The leadership for '{Key}' with the fencing token {FencingToken} was lost; its work has ended.")]
    internal static partial void LeadershipLost(ILogger logger, string key, long fencingToken);

    [LoggerMessage(5003, LogLevel.Error, "The work of a leader for '{Key}' has been told to stop, and goes on after {StopTimeout}.")]
    internal static partial void WorkGoesOn(ILogger logger, string key, TimeSpan stopTimeout);

    [LoggerMessage(5004, LogLevel.Warning, "The campaign for '{Key}' failed, and goes on after a pause.")]
    internal static partial void CampaignFailed(ILogger logger, Exception exception, string key);
}
