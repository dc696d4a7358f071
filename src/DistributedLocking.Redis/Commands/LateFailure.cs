namespace DistributedLocking.Redis.Commands;

/// <summary>Commands that nobody waits for any more may fail yet, which is no news to anybody and must not be reported as unobserved.</summary>
internal static class LateFailure
{
    internal static void Ignore(Task command)
    {
        if (!command.IsCompletedSuccessfully)
        {
            _ = command.ContinueWith(
                static ended => _ = ended.Exception,
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }
    }
}
