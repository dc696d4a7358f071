using DistributedLocking.Testing.Conformance.Probes;

namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>
/// Guarantee 5: what became of an attempt that was cut off is cleaned up. The leases are far, so nothing becomes free
/// by itself.
/// </summary>
internal static class UnknownOutcomeFacts
{
    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.UnknownOutcome, "a caller that had cancelled before gets nothing and leaves nothing", CancelledBefore),
        new(LockGuarantee.UnknownOutcome, "a grant whose caller cancelled meanwhile is released", CancelledWhileTheReplyIsOnItsWay),
        new(LockGuarantee.UnknownOutcome, "a request that reaches the store after its caller cancelled is undone", CancelledBeforeTheRequestArrives),
        new(LockGuarantee.UnknownOutcome, "a grant whose reply was lost is released", ReplyIsLost),
        new(LockGuarantee.UnknownOutcome, "a grant that came after the caller's wait is released", WaitEndsBeforeTheReply),
        new(LockGuarantee.UnknownOutcome, "a waiter that cancels never becomes a holder", CancelledWaiter),
        new(LockGuarantee.UnknownOutcome, "cancelling at any moment leaves no holder behind", CancelledAtAnyMoment),
    ];

    private static async Task CancelledBefore(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var cancelled = new CancellationToken(canceled: true);
        await Expect.ThrowsAsync<OperationCanceledException>(
            () => locks.AcquireAsync(context.Key, Leases.Long, cancelled).AsTask(), "A cancelled acquire should say so.").ConfigureAwait(false);
        await Expect.ThrowsAsync<OperationCanceledException>(
            () => locks.TryAcquireAsync(context.Key, Leases.Long, cancelled).AsTask(), "A cancelled try should say so.").ConfigureAwait(false);
        await context.AtOnceAsync(locks, context.Key, "A caller that had cancelled should leave nothing.").ConfigureAwait(false);
    }

    private static async Task CancelledWhileTheReplyIsOnItsWay(FactContext context)
    {
        RecordingLockProvider? recording = null;
        FaultyLockProvider? faults = null;
        var locks = await context.LockAsync(
            provider => faults = new FaultyLockProvider(recording = new RecordingLockProvider(provider))).ConfigureAwait(false);
        using (faults!.HoldReplies(ProviderOperations.Acquire))
        {
            await CancelAsync(context, locks, () => recording!.Grants > 0).ConfigureAwait(false);
        }

        await FreeAsync(context, "A grant whose caller cancelled should be released.").ConfigureAwait(false);
    }

    private static async Task CancelledBeforeTheRequestArrives(FactContext context)
    {
        var (locks, faults) = await context.FaultyLockAsync().ConfigureAwait(false);
        using (faults.HoldRequests(ProviderOperations.Acquire, deliverLate: true))
        {
            await CancelAsync(context, locks, () => faults.CountCalls(ProviderOperations.Acquire) > 0).ConfigureAwait(false);
            await context.UntilAsync(
                () => faults.CountCalls(ProviderOperations.Release) > 0, "An attempt that was cancelled should be cleaned up, though nothing is there yet.")
                .ConfigureAwait(false);
        }

        await faults.WaitForLateRequestsAsync().ConfigureAwait(false);

        // Patience ends well before the lease that the late request got.
        await FreeAsync(context, "A request that arrives after its caller cancelled should be undone.").ConfigureAwait(false);
    }

    private static async Task ReplyIsLost(FactContext context)
    {
        var (locks, faults) = await context.FaultyLockAsync().ConfigureAwait(false);
        using (faults.LoseReplies(ProviderOperations.Acquire))
        {
            await Expect.ThrowsAsync<DistributedLockUnavailableException>(
                () => locks.TryAcquireAsync(context.Key, Leases.Long, context.Token).AsTask(), "A try without an answer should say so.").ConfigureAwait(false);
        }

        await FreeAsync(context, "A grant whose reply was lost should be released.").ConfigureAwait(false);
    }

    private static async Task WaitEndsBeforeTheReply(FactContext context)
    {
        var (locks, faults) = await context.FaultyLockAsync().ConfigureAwait(false);
        using (faults.HoldReplies(ProviderOperations.Acquire))
        {
            var attempt = Expect.ThrowsAsync<DistributedLockUnavailableException>(
                () => locks.AcquireAsync(context.Key, Leases.Within(TimeSpan.FromMilliseconds(200)), context.Token).AsTask(),
                "A wait that ends while the store does not answer should not look like contention.");
            await context.WithinAsync(context.Patience, attempt, "A wait should end while the store does not answer.").ConfigureAwait(false);
        }

        await FreeAsync(context, "A grant that came after the caller's wait should be released.").ConfigureAwait(false);
    }

    private static async Task CancelledWaiter(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        var holder = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(context.Token);
        Task<IDistributedLockHandle>[] waiters =
        [
            .. Enumerable.Range(0, 3).SelectMany(_ => (IDistributedLock[])[locks, other])
                .Select(instance => instance.AcquireAsync(context.Key, Leases.LongWait, cancel.Token).AsTask()),
        ];
        await context.PassAsync(TimeSpan.FromMilliseconds(100)).ConfigureAwait(false);
        await cancel.CancelAsync().ConfigureAwait(false);
        foreach (var waiter in waiters)
        {
            await Expect.ThrowsAsync<OperationCanceledException>(() => waiter, "A waiter that cancels should be told so.").ConfigureAwait(false);
        }

        await holder.ReleaseAsync(context.Token).ConfigureAwait(false);
        await FreeAsync(context, "A key whose waiters all cancelled should become free.").ConfigureAwait(false);
    }

    private static async Task CancelledAtAnyMoment(FactContext context)
    {
        const int Rounds = 60;
        const int Seed = 20_262;
        var random = new Random(Seed);
        var locks = await context.LockAsync().ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        var granted = 0;
        for (var round = 0; round < Rounds; round++)
        {
            using var cancel = CancellationTokenSource.CreateLinkedTokenSource(context.Token);
            Task<int>[] callers = [.. Enumerable.Range(0, 4).Select(i => CallAsync(i % 2 == 0 ? locks : other, cancel.Token))];
            var spins = random.Next(0, 40_000);
            if (round % 3 == 0)
            {
                await context.PassAsync(TimeSpan.FromMilliseconds(random.Next(1, 10))).ConfigureAwait(false);
            }
            else
            {
                Thread.SpinWait(spins);
            }

            await cancel.CancelAsync().ConfigureAwait(false);
            granted += (await Task.WhenAll(callers).ConfigureAwait(false)).Sum();
        }

        await FreeAsync(context, $"After {Rounds} rounds of cancelled callers, {granted} of which got the lock and released it, the key should become free.")
            .ConfigureAwait(false);

        async Task<int> CallAsync(IDistributedLock instance, CancellationToken cancellationToken)
        {
            try
            {
                var handle = await instance.AcquireAsync(context.Key, Leases.LongWait, cancellationToken).ConfigureAwait(false);
                await handle.DisposeAsync().ConfigureAwait(false);
                return 1;
            }
            catch (OperationCanceledException)
            {
                return 0;
            }
        }
    }

    private static async Task CancelAsync(FactContext context, DistributedLock locks, Func<bool> when)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(context.Token);
        var attempt = locks.AcquireAsync(context.Key, Leases.LongWait, cancel.Token).AsTask();
        await context.UntilAsync(when, "The engine should ask the store.").ConfigureAwait(false);
        await cancel.CancelAsync().ConfigureAwait(false);
        var cancelled = Expect.ThrowsAsync<OperationCanceledException>(() => attempt, "A caller that cancels should be told so.");
        await context.WithinAsync(context.Patience, cancelled, "A caller that cancels should not wait for the store.").ConfigureAwait(false);
    }

    /// <summary>
    /// Nobody is left: another instance, which knows of no clean-up, gets the key long before a lease could end.
    /// </summary>
    private static async Task FreeAsync(FactContext context, string expectation)
    {
        var fresh = await context.LockAsync().ConfigureAwait(false);
        await context.EventuallyAsync(fresh, context.Key, expectation).ConfigureAwait(false);
    }
}
