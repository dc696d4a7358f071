namespace DistributedLocking.Redis.Connections;

/// <summary>
/// Commands that nobody waits for any more may fail yet, which is no news to anybody and must not be reported as
/// unobserved.
/// </summary>
internal static class LateFailure
{
    /// <param name="command">The command.</param>
    /// <param name="outage">What learns from its failure why the next command's answer may not come.</param>
    internal static void Ignore(Task command, ConnectionOutage? outage = null)
    {
        if (!command.IsCompletedSuccessfully)
        {
            _ = command.ContinueWith(
                static (ended, outage) =>
                {
                    var error = ended.Exception!.InnerException!;
                    ((ConnectionOutage?)outage)?.Note(error);
                },
                outage,
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }
    }
}
