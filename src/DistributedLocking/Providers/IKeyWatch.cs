namespace DistributedLocking.Providers;

/// <summary>A watch on one key. Disposing it ends the watch.</summary>
public interface IKeyWatch : IAsyncDisposable
{
    /// <summary>
    /// Waits for the key. A change since the watch began, or since the last wait, is remembered and answers at once.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>"Changed", or the lease that the store granted to the watching owner meanwhile.</returns>
    ValueTask<WakeUp> WaitAsync(CancellationToken cancellationToken);
}

/// <summary>Why a watch woke up.</summary>
/// <param name="Grant">The grant made by the store; null when the key changed and is worth another attempt.</param>
public readonly record struct WakeUp(AcquireReply? Grant)
{
    /// <summary>The key may be free.</summary>
    public static WakeUp Changed => default;
}
