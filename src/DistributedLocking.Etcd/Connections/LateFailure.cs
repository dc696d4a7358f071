namespace DistributedLocking.Etcd.Connections;

/// <summary>
/// What several wait for may fail when all of them have gone, which is no news to anybody and must not be reported as
/// unobserved.
/// </summary>
internal static class LateFailure
{
    internal static void Ignore(Task task)
    {
        if (!task.IsCompletedSuccessfully)
        {
            _ = task.ContinueWith(
                static ended => _ = ended.Exception,
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }
    }
}
