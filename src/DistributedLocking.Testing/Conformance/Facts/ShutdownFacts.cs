namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>
/// Guarantee 11: disposing the lock, which a service provider does with its singletons, releases what is held, bounded
/// in time.
/// </summary>
internal static class ShutdownFacts
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.Shutdown, "disposing the lock asynchronously releases what is held", DisposeAsyncReleases),
        new(LockGuarantee.Shutdown, "disposing the lock synchronously releases what is held", DisposeReleases),
        new(LockGuarantee.Shutdown, "disposing the lock ends its waiters and refuses new callers", WaitersEnd),
        new(LockGuarantee.Shutdown, "disposing the lock is bounded in time when the store hangs", DisposeIsBounded),
    ];

    private static Task DisposeAsyncReleases(FactContext context) => ReleasedByAsync(context, locks => locks.DisposeAsync().AsTask());

    private static Task DisposeReleases(FactContext context) => ReleasedByAsync(context, locks => Task.Run(locks.Dispose, context.Token));

    private static async Task ReleasedByAsync(FactContext context, Func<DistributedLock, Task> dispose)
    {
        const int Keys = 5;
        var locks = await context.LockAsync().ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        List<IDistributedLockHandle> handles = [];
        for (var i = 0; i < Keys; i++)
        {
            handles.Add(await context.AtOnceAsync(locks, context.NewKey(), "A free key should be granted.").ConfigureAwait(false));
        }

        await context.WithinAsync(Bound, dispose(locks), "Disposing the lock should end.").ConfigureAwait(false);
        foreach (var handle in handles)
        {
            Expect.False(handle.IsHeld, "No handle of a disposed lock should be held.");
            await context.AtOnceAsync(other, handle.Key, "A key that a disposed lock held should be granted.").ConfigureAwait(false);
            await handle.DisposeAsync().ConfigureAwait(false);
        }

        await context.WithinAsync(Bound, dispose(locks), "Disposing the lock a second time should do nothing.").ConfigureAwait(false);
    }

    private static async Task WaitersEnd(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(other, context.Key, "A free key should be granted.").ConfigureAwait(false);
        Task[] waiters = [.. Enumerable.Range(0, 3).Select(_ => locks.AcquireAsync(context.Key, Leases.LongWait, context.Token).AsTask())];
        await context.PassAsync(TimeSpan.FromMilliseconds(50)).ConfigureAwait(false);
        await context.WithinAsync(Bound, locks.DisposeAsync().AsTask(), "Disposing a lock with waiters should end.").ConfigureAwait(false);
        foreach (var waiter in waiters)
        {
            var ended = Expect.ThrowsAsync<Exception>(() => waiter, "A waiter of a disposed lock should fail.");
            await context.WithinAsync(Bound, ended, "A waiter of a disposed lock should end.").ConfigureAwait(false);
        }

        await Expect.ThrowsAsync<ObjectDisposedException>(
            () => locks.TryAcquireAsync(context.Key, Leases.Long, context.Token).AsTask(), "A disposed lock should refuse callers.").ConfigureAwait(false);
        await handle.ReleaseAsync(context.Token).ConfigureAwait(false);
        await context.EventuallyAsync(other, context.Key, "No waiter of a disposed lock should become a holder.").ConfigureAwait(false);
    }

    private static async Task DisposeIsBounded(FactContext context)
    {
        var (locks, faults) = await context.FaultyLockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        using var fault = faults.HoldRequests(ProviderOperations.All);
        await context.WithinAsync(Bound, locks.DisposeAsync().AsTask(), "Disposing the lock while the store hangs should end.").ConfigureAwait(false);
        Expect.False(handle.IsHeld, "No handle of a disposed lock should be held.");
    }
}
