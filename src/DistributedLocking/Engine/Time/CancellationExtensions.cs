namespace DistributedLocking.Engine.Time;

/// <summary>
/// Cancels without being held up by what runs on the cancellation, or hurt by what that throws: it is not ours.
/// </summary>
internal static class CancellationExtensions
{
    /// <summary>Cancels now; callbacks run on the thread pool, and what they throw is nobody's error.</summary>
    internal static void CancelInBackground(this CancellationTokenSource source) => source.CancelAsync().Observe();

    /// <summary>Looks at the exception of a task that may fail when nobody waits for it any more.</summary>
    internal static void Observe(this Task task) => _ = task.ContinueWith(
        static ended => _ = ended.Exception,
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}
