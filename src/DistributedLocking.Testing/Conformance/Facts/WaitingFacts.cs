using DistributedLocking.Testing.Conformance.Probes;

namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>
/// Guarantee 7: waiting is first come, first served within a process, and each caller's wait is its own.
/// </summary>
internal static class WaitingFacts
{
    private static readonly TimeSpan ShortWait = TimeSpan.FromMilliseconds(250);

    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.Waiting, "a try without a wait answers at once", TryAnswersAtOnce),
        new(LockGuarantee.Waiting, "a wait ends when its time is over", WaitEndsInTime),
        new(LockGuarantee.Waiting, "without a WaitTimeout the retry policy's delays are the budget", PolicyIsTheBudget),
        new(LockGuarantee.Waiting, "waiters of one instance are served first come, first served", FirstComeFirstServed),
        new(LockGuarantee.Waiting, "each waiter has its own budget and cancellation", WaitersAreIndependent),
        new(LockGuarantee.Waiting, "a long wait does not keep the truth from others of its instance", WaitersHideNothing),
        new(LockGuarantee.Waiting, "of the waiters of one instance only one bothers the store", OneWaiterBothersTheStore),
        new(LockGuarantee.Waiting, "waiters of several instances are all served", EverybodyIsServed),
        new(LockGuarantee.Waiting, "a waiter gets a key whose lease lapses", WaiterGetsALapsedKey),
    ];

    private static async Task TryAnswersAtOnce(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        foreach (var instance in (IDistributedLock[])[locks, other])
        {
            var attempt = instance.TryAcquireAsync(context.Key, Leases.Long, context.Token).AsTask();
            Expect.Null(
                await context.WithinAsync(TimeSpan.FromSeconds(5), attempt, "A try without a wait should answer at once.").ConfigureAwait(false),
                "A try should answer null when somebody else holds the key.");
        }
    }

    private static async Task WaitEndsInTime(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        foreach (var instance in (IDistributedLock[])[locks, other])
        {
            var waited = Stopwatch.Start();
            var timeout = await Expect.ThrowsAsync<DistributedLockTimeoutException>(
                () => instance.AcquireAsync(context.Key, Leases.Within(ShortWait), context.Token).AsTask(), "A wait for a held key should time out.")
                .ConfigureAwait(false);
            InTime(waited.Elapsed);
            Expect.Equal(context.Key, timeout.Key, "The exception's key");
            InTime(timeout.Waited);

            waited = Stopwatch.Start();
            var handle = await instance.TryAcquireAsync(context.Key, Leases.Within(ShortWait), context.Token).ConfigureAwait(false);
            Expect.Null(handle, "A try with a wait should answer null when somebody else holds the key.");
            InTime(waited.Elapsed);
        }
    }

    private static void InTime(TimeSpan waited)
    {
        // Timers of the system may be early by some milliseconds.
        Expect.AtLeast(ShortWait - TimeSpan.FromMilliseconds(30), waited, "The wait");
        Expect.AtMost(ShortWait + TimeSpan.FromSeconds(5), waited, "The wait");
    }

    private static async Task PolicyIsTheBudget(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        var options = Leases.Long with { Retry = RetryPolicy.Fixed(ShortWait / 5, 5) };
        var attempt = Expect.ThrowsAsync<DistributedLockTimeoutException>(
            () => other.AcquireAsync(context.Key, options, context.Token).AsTask(), "A wait should end with its retry policy.");
        var timeout = await context.WithinAsync(context.Patience, attempt, "A wait should end with its retry policy.").ConfigureAwait(false);
        Expect.AtLeast(ShortWait / 2, timeout.Waited, "The wait");

        options = Leases.Long with { Retry = RetryPolicy.None };
        attempt = Expect.ThrowsAsync<DistributedLockTimeoutException>(
            () => other.AcquireAsync(context.Key, options, context.Token).AsTask(), "Without a retry one attempt should be all.");
        await context.WithinAsync(context.Patience, attempt, "Without a retry one attempt should be all.").ConfigureAwait(false);
    }

    private static async Task FirstComeFirstServed(FactContext context)
    {
        const int Waiters = 6;
        var locks = await context.LockAsync().ConfigureAwait(false);
        var holder = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        List<int> served = [];

        // The calls are made one after the other, each up to its first wait, so their order is the order of these
        // lines.
        Task[] waiters = [.. Enumerable.Range(0, Waiters).Select(WaitAsync)];
        await holder.ReleaseAsync(context.Token).ConfigureAwait(false);
        await context.WithinAsync(context.Patience, Task.WhenAll(waiters), "All waiters should be served.").ConfigureAwait(false);
        Expect.True(served.SequenceEqual(Enumerable.Range(0, Waiters)), $"The waiters should be served in order, and were in this: {string.Join(", ", served)}.");

        async Task WaitAsync(int number)
        {
            var handle = await locks.AcquireAsync(context.Key, Leases.LongWait, context.Token).ConfigureAwait(false);
            lock (served)
            {
                served.Add(number);
            }

            await handle.ReleaseAsync(context.Token).ConfigureAwait(false);
        }
    }

    private static async Task WaitersAreIndependent(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var holder = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(context.Token);
        var cancelled = locks.AcquireAsync(context.Key, Leases.LongWait, cancel.Token).AsTask();
        var patient = locks.AcquireAsync(context.Key, Leases.LongWait, context.Token).AsTask();
        var impatient = locks.AcquireAsync(context.Key, Leases.Within(ShortWait), context.Token).AsTask();
        var last = locks.AcquireAsync(context.Key, Leases.LongWait, context.Token).AsTask();

        var timeout = Expect.ThrowsAsync<DistributedLockTimeoutException>(() => impatient, "A short wait behind longer ones should end in its own time.");
        await context.WithinAsync(context.Patience, timeout, "A short wait behind longer ones should end in its own time.").ConfigureAwait(false);
        await cancel.CancelAsync().ConfigureAwait(false);
        var cancellation = Expect.ThrowsAsync<OperationCanceledException>(() => cancelled, "A waiter that cancels should be told so.");
        await context.WithinAsync(context.Patience, cancellation, "The first waiter's cancellation should end its wait.").ConfigureAwait(false);
        Expect.False(patient.IsCompleted || last.IsCompleted, "The other waiters should go on waiting.");

        await holder.ReleaseAsync(context.Token).ConfigureAwait(false);
        var handle = await context.WithinAsync(context.Patience, patient, "The next waiter should be served.").ConfigureAwait(false);
        Expect.False(last.IsCompleted, "The last waiter should wait for its turn.");
        await handle.ReleaseAsync(context.Token).ConfigureAwait(false);
        await context.WithinAsync(context.Patience, last, "The last waiter should be served.").ConfigureAwait(false);
    }

    private static async Task WaitersHideNothing(FactContext context)
    {
        RecordingLockProvider? recording = null;
        var locks = await context.LockAsync(provider => recording = new RecordingLockProvider(provider)).ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        var holder = await context.AtOnceAsync(other, context.Key, "A free key should be granted.").ConfigureAwait(false);
        var patient = locks.AcquireAsync(context.Key, Leases.LongWait, context.Token).AsTask();
        await context.UntilAsync(() => !recording!.Owners.IsEmpty, "A waiter should ask the store.").ConfigureAwait(false);

        var attempt = locks.TryAcquireAsync(context.Key, Leases.Long, context.Token).AsTask();
        Expect.Null(
            await context.WithinAsync(TimeSpan.FromSeconds(5), attempt, "A try beside a waiter should answer at once.").ConfigureAwait(false),
            "A try should answer null when somebody else holds the key.");
        var waited = Stopwatch.Start();
        var brief = Expect.ThrowsAsync<DistributedLockTimeoutException>(
            () => locks.AcquireAsync(context.Key, Leases.Within(ShortWait), context.Token).AsTask(),
            "A short wait behind a long one should time out.");
        await context.WithinAsync(context.Patience, brief, "A short wait behind a long one should time out.").ConfigureAwait(false);
        InTime(waited.Elapsed);

        await holder.ReleaseAsync(context.Token).ConfigureAwait(false);
        await context.WithinAsync(context.Patience, patient, "The waiter should be served.").ConfigureAwait(false);
    }

    private static async Task OneWaiterBothersTheStore(FactContext context)
    {
        RecordingLockProvider? recording = null;
        var locks = await context.LockAsync(provider => recording = new RecordingLockProvider(provider)).ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        var holder = await context.AtOnceAsync(other, context.Key, "A free key should be granted.").ConfigureAwait(false);
        Task<IDistributedLockHandle>[] waiters =
            [.. Enumerable.Range(0, 8).Select(_ => locks.AcquireAsync(context.Key, Leases.LongWait, context.Token).AsTask())];
        await context.UntilAsync(() => !recording!.Owners.IsEmpty, "A waiter should ask the store.").ConfigureAwait(false);
        await context.PassAsync(TimeSpan.FromMilliseconds(150)).ConfigureAwait(false);
        Expect.Equal(1, recording!.Owners.Count, "The number of waiters that asked the store");

        await holder.ReleaseAsync(context.Token).ConfigureAwait(false);
        foreach (var waiter in waiters)
        {
            var handle = await context.WithinAsync(context.Patience, waiter, "Each waiter should be served.").ConfigureAwait(false);
            await handle.ReleaseAsync(context.Token).ConfigureAwait(false);
        }
    }

    private static async Task EverybodyIsServed(FactContext context)
    {
        var first = await context.LockAsync().ConfigureAwait(false);
        var holder = await context.AtOnceAsync(first, context.Key, "A free key should be granted.").ConfigureAwait(false);
        List<Task> waiters = [];
        for (var i = 0; i < 3; i++)
        {
            var locks = await context.LockAsync().ConfigureAwait(false);
            waiters.AddRange(Enumerable.Range(0, 3).Select(_ => TakeTurnAsync(locks)));
        }

        await holder.ReleaseAsync(context.Token).ConfigureAwait(false);
        await context.WithinAsync(context.Patience, Task.WhenAll(waiters), "All waiters should be served.").ConfigureAwait(false);

        async Task TakeTurnAsync(DistributedLock locks)
        {
            var handle = await locks.AcquireAsync(context.Key, Leases.LongWait, context.Token).ConfigureAwait(false);
            await handle.ReleaseAsync(context.Token).ConfigureAwait(false);
        }
    }

    private static async Task WaiterGetsALapsedKey(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.", Leases.Fixed(context.Lapsing)).ConfigureAwait(false);

        // No release tells the waiter: it has to look by itself.
        var waiter = other.AcquireAsync(context.Key, Leases.LongWait with { Retry = RetryPolicy.Fixed(TimeSpan.FromSeconds(1), 60) }, context.Token).AsTask();
        await context.WithinAsync(context.Patience, waiter, "A waiter should get a key whose lease lapses.").ConfigureAwait(false);
        Expect.False(handle.IsHeld, "A lapsed lock should not be held.");
    }
}
