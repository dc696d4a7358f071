namespace DistributedLocking.Redis.Commands;

/// <summary>The failure of a task that nobody may wait for any more when it comes.</summary>
internal static class LateFailure
{
    /// <summary>Looks at the failure whenever it comes, so that it is not reported as one that nobody observed. The client's tasks don't see to that themselves.</summary>
    internal static void Observe(Task task) => _ = task.ContinueWith(
        static ended => _ = ended.Exception,
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}
