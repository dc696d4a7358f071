using DistributedLocking.Testing.Conformance.Probes;

namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>
/// Guarantee 7: across processes a release wakes a waiter at once, with polling as the net under it. A store's queue is
/// fair.
/// </summary>
internal static class WakeUpFacts
{
    /// <summary>
    /// Slow enough that no waiter is served by polling within a fact; where there are notifications, the net under them
    /// polls once a second.
    /// </summary>
    private static readonly AcquireOptions HardlyPolling = Leases.LongWait with { Retry = RetryPolicy.Fixed(TimeSpan.FromSeconds(20), 10) };

    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.Waiting, "a release wakes a waiter of another instance at once", ReleaseWakesTheWaiter) { Requires = [Requirement.Notification] },
        new(LockGuarantee.Waiting, "a release between a try and the start of the watch is not missed", ReleaseBeforeTheWatchIsNotMissed)
        {
            Requires = [Requirement.Notification],
        },
        new(LockGuarantee.Waiting, "a waiter whose notification got lost is served by polling", PollingIsTheNet) { Requires = [Requirement.Notification] },
        new(LockGuarantee.Waiting, "a waiter whose watch can't start is served by polling", WaiterWithoutAWatchIsServed) { Requires = [Requirement.NoQueue] },
        new(LockGuarantee.Waiting, "the store's queue serves instances first come, first served", QueueIsFair) { Requires = [Requirement.Queue] },
        new(LockGuarantee.Waiting, "a waiter that gave up loses its place in the store's queue", LeaverLosesItsPlace) { Requires = [Requirement.Queue] },
    ];

    private static async Task ReleaseWakesTheWaiter(FactContext context)
    {
        const int Rounds = 6;
        RecordingLockProvider? recording = null;
        var locks = await context.LockAsync().ConfigureAwait(false);
        var other = await context.LockAsync(provider => recording = new RecordingLockProvider(provider)).ConfigureAwait(false);
        List<TimeSpan> latencies = [];
        var wakeUps = recording!.WakeUps;
        for (var round = 0; round < Rounds; round++)
        {
            var handle = await context.AtOnceAsync(locks, context.Key, "A released key should be granted.").ConfigureAwait(false);
            var waits = recording.Waits;
            var waiter = other.AcquireAsync(context.Key, HardlyPolling, context.Token).AsTask();
            await context.UntilAsync(() => recording.Waits > waits, "A waiter should wait for its watch.").ConfigureAwait(false);
            await handle.ReleaseAsync(context.Token).ConfigureAwait(false);
            var latency = Stopwatch.Start();
            var next = await context.WithinAsync(context.Patience, waiter, "A waiter should get a released key.").ConfigureAwait(false);
            latencies.Add(latency.Elapsed);
            await next.ReleaseAsync(context.Token).ConfigureAwait(false);
        }

        // A machine may stall once; the net's polls, spread over a second, would be late most of the time.
        Expect.AtLeast(Rounds - 1, recording.WakeUps - wakeUps, "The number of wake-ups by the store");
        var late = latencies.Count(latency => latency > TimeSpan.FromMilliseconds(400));
        Expect.AtMost(1, late, $"The number of waiters that were not woken at once ({string.Join(", ", latencies.Select(latency => $"{latency.TotalMilliseconds:0} ms"))})");
    }

    private static async Task ReleaseBeforeTheWatchIsNotMissed(FactContext context)
    {
        const int Rounds = 4;
        var locks = await context.LockAsync().ConfigureAwait(false);
        var (other, faults) = await context.FaultyLockAsync().ConfigureAwait(false);
        List<TimeSpan> latencies = [];
        for (var round = 0; round < Rounds; round++)
        {
            var key = context.NewKey();
            var handle = await context.AtOnceAsync(locks, key, "A free key should be granted.").ConfigureAwait(false);
            var watches = faults.CountCalls(ProviderOperations.Watch);
            var fault = faults.HoldRequests(ProviderOperations.Watch);
            var waiter = other.AcquireAsync(key, HardlyPolling, context.Token).AsTask();
            await context.UntilAsync(() => faults.CountCalls(ProviderOperations.Watch) > watches, "A waiter should watch its key.").ConfigureAwait(false);
            await handle.ReleaseAsync(context.Token).ConfigureAwait(false);
            fault.Dispose();
            var latency = Stopwatch.Start();
            var next = await context.WithinAsync(context.Patience, waiter, "A waiter should get a key that was released meanwhile.").ConfigureAwait(false);
            latencies.Add(latency.Elapsed);
            await next.ReleaseAsync(context.Token).ConfigureAwait(false);
        }

        // Without the try after the start of the watch each would wait for the net, a second later.
        var late = latencies.Count(latency => latency > TimeSpan.FromMilliseconds(500));
        Expect.AtMost(1, late, $"The number of waiters that missed a release ({string.Join(", ", latencies.Select(latency => $"{latency.TotalMilliseconds:0} ms"))})");
    }

    private static async Task PollingIsTheNet(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var (other, faults) = await context.FaultyLockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        using var silent = faults.HoldReplies(ProviderOperations.WakeUp);
        var waiter = other.AcquireAsync(context.Key, HardlyPolling, context.Token).AsTask();
        await context.UntilAsync(() => faults.CountCalls(ProviderOperations.WakeUp) > 0, "A waiter should wait for its watch.").ConfigureAwait(false);
        await handle.ReleaseAsync(context.Token).ConfigureAwait(false);
        await context.WithinAsync(context.Patience, waiter, "A waiter whose notification got lost should poll, about once a second.").ConfigureAwait(false);
    }

    private static async Task WaiterWithoutAWatchIsServed(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var (other, faults) = await context.FaultyLockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        using var deaf = faults.FailRequests(ProviderOperations.Watch);
        var waiter = other.AcquireAsync(context.Key, Leases.LongWait, context.Token).AsTask();
        await context.UntilAsync(() => faults.CountCalls(ProviderOperations.Acquire) > 1, "A waiter without a watch should poll.").ConfigureAwait(false);
        await handle.ReleaseAsync(context.Token).ConfigureAwait(false);
        await context.WithinAsync(context.Patience, waiter, "A waiter without a watch should be served by polling.").ConfigureAwait(false);
    }

    private static async Task QueueIsFair(FactContext context)
    {
        const int Waiters = 4;
        var locks = await context.LockAsync().ConfigureAwait(false);
        var holder = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        List<int> served = [];
        List<Task> waiters = [];
        for (var i = 0; i < Waiters; i++)
        {
            waiters.Add(await QueueUpAsync(i).ConfigureAwait(false));
        }

        await holder.ReleaseAsync(context.Token).ConfigureAwait(false);
        await context.WithinAsync(context.Patience, Task.WhenAll(waiters), "All waiters should be served.").ConfigureAwait(false);
        Expect.True(served.SequenceEqual(Enumerable.Range(0, Waiters)), $"The instances should be served in order, and were in this: {string.Join(", ", served)}.");

        async Task<Task> QueueUpAsync(int number)
        {
            var waiter = await StartWaiterAsync(context, context.Token).ConfigureAwait(false);
            return TakeTurnAsync(number, waiter);
        }

        async Task TakeTurnAsync(int number, Task<IDistributedLockHandle> waiter)
        {
            var handle = await waiter.ConfigureAwait(false);
            lock (served)
            {
                served.Add(number);
            }

            await handle.ReleaseAsync(context.Token).ConfigureAwait(false);
        }
    }

    private static async Task LeaverLosesItsPlace(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var holder = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(context.Token);
        var leaver = await StartWaiterAsync(context, cancel.Token).ConfigureAwait(false);
        var stayer = await StartWaiterAsync(context, context.Token).ConfigureAwait(false);
        await cancel.CancelAsync().ConfigureAwait(false);
        await Expect.ThrowsAsync<OperationCanceledException>(() => leaver, "A waiter that cancels should be told so.").ConfigureAwait(false);
        await holder.ReleaseAsync(context.Token).ConfigureAwait(false);
        await context.WithinAsync(TimeSpan.FromSeconds(5), stayer, "A waiter behind one that left should be served at once.").ConfigureAwait(false);
    }

    /// <summary>Starts a waiter of an instance of its own, and ends when it stands in the store's queue.</summary>
    private static async Task<Task<IDistributedLockHandle>> StartWaiterAsync(FactContext context, CancellationToken cancellationToken)
    {
        RecordingLockProvider? recording = null;
        var locks = await context.LockAsync(provider => recording = new RecordingLockProvider(provider)).ConfigureAwait(false);
        var waiter = locks.AcquireAsync(context.Key, Leases.LongWait, cancellationToken).AsTask();
        await context.UntilAsync(() => !recording!.Owners.IsEmpty, "A waiter should ask the store.").ConfigureAwait(false);

        // A store that waits itself gives no sign that the request arrived.
        await context.PassAsync(TimeSpan.FromMilliseconds(100)).ConfigureAwait(false);
        return waiter;
    }
}
