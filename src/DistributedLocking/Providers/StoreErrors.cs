namespace DistributedLocking.Providers;

/// <summary>Makes every failure of a store the one exception that callers know.</summary>
internal static class StoreErrors
{
    /// <summary>The same failure for another caller, who may add to it or throw it when it likes.</summary>
    internal static DistributedLockUnavailableException ForAnother(DistributedLockUnavailableException failure) =>
        new(failure.Message, failure.InnerException ?? failure) { IsTransient = failure.IsTransient };

    internal static DistributedLockUnavailableException Wrap(Exception? failure) => failure switch
    {
        DistributedLockUnavailableException typed => typed,
        null => new DistributedLockUnavailableException(),
        NotSupportedException or ArgumentException => new DistributedLockUnavailableException("The lock's store refused the request.", failure) { IsTransient = false },
        _ => new DistributedLockUnavailableException("The lock's store failed.", failure),
    };

    /// <summary>
    /// Whether nothing can have come of a request, since it surely never left this process. A cancellation may have
    /// that as its inner exception.
    /// </summary>
    internal static bool IsUnsent(Exception failure) =>
        (failure is OperationCanceledException ? failure.InnerException : failure) is DistributedLockUnavailableException { IsUnsent: true };
}
