using DistributedLocking.Providers;
using DistributedLocking.Testing.Conformance.Probes;

namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>Semaphores: so many holders at most, each with a lease of its own.</summary>
internal static class CountedFacts
{
    private const int MaxCount = 3;

    private static readonly Requirement[] Counted = [Requirement.Counted];

    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.Exclusion, "a semaphore grants as many permits as its callers say, and no more", PermitsAreLimited) { Requires = Counted },
        new(LockGuarantee.Exclusion, "a semaphore never has more holders than its limit, across instances", NeverMoreThanTheLimit) { Requires = Counted },
        new(LockGuarantee.Waiting, "permits that become free together wake as many", FreedPermitsWakeAsMany) { Requires = Counted },
        new(LockGuarantee.Waiting, "waiters for permits of several instances are served first come, first served", PermitsAreServedInOrder)
        {
            Requires = [Requirement.Counted, Requirement.Queue],
        },
        new(LockGuarantee.Lease, "a dead holder's permit comes back at its time to live, and harms no other", DeadPermitComesBack)
        {
            Requires = [Requirement.Counted, Requirement.ServerEnforcedLease],
        },
        new(LockGuarantee.Fencing, "each permit has a token of its own, and they rise", TokensOfPermitsRise) { Requires = [Requirement.Counted, Requirement.Fencing] },
    ];

    private static async Task PermitsAreLimited(FactContext context)
    {
        var first = await context.LockAsync().ConfigureAwait(false);
        var second = await context.LockAsync().ConfigureAwait(false);
        var holders = await HoldAsync(context, first, second, first).ConfigureAwait(false);
        foreach (var locks in (DistributedLock[])[first, second])
        {
            await context.RefusedAsync(ModeLock.Permit(locks, MaxCount), context.Key, "No more permits should be granted than allowed.").ConfigureAwait(false);
        }

        await holders[1].ReleaseAsync(context.Token).ConfigureAwait(false);
        await context.AtOnceAsync(ModeLock.Permit(first, MaxCount), context.Key, "A released permit should be granted to another instance.").ConfigureAwait(false);
        await context.RefusedAsync(ModeLock.Permit(second, MaxCount), context.Key, "No more permits should be granted than allowed.").ConfigureAwait(false);
        Expect.True(holders[0].IsHeld && holders[2].IsHeld, "Others should hold their permits still.");
    }

    private static async Task NeverMoreThanTheLimit(FactContext context)
    {
        const int Times = 8;
        var room = new UnprotectedRoom(MaxCount);
        List<Task> running = [];
        for (var i = 0; i < 3; i++)
        {
            var locks = await context.LockAsync().ConfigureAwait(false);
            running.AddRange(Enumerable.Range(0, 3).Select(
                _ => Task.Run(() => room.RunAsync(ModeLock.Permit(locks, MaxCount), context.Key, isWriter: false, Times, context.Token))));
        }

        await Task.WhenAll(running).ConfigureAwait(false);
        room.Verify();
        Expect.Equal(running.Count * Times, room.Visits, "The number of visits");
        Expect.True(room.Most > 1, "A semaphore should let more than one in.");
    }

    private static async Task FreedPermitsWakeAsMany(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var others = await context.LockAsync().ConfigureAwait(false);
        var holders = await HoldAsync(context, locks, locks, locks).ConfigureAwait(false);
        var waiting = new[] { locks, others, others, locks }
            .Select(instance => ModeLock.Permit(instance, MaxCount).AcquireAsync(context.Key, Leases.LongWait, context.Token).AsTask())
            .ToList();
        await context.PassAsync(TimeSpan.FromMilliseconds(50)).ConfigureAwait(false);
        Expect.False(waiting.Exists(waiter => waiter.IsCompleted), "Who comes too late should wait.");

        await Task.WhenAll(holders.Select(holder => holder.ReleaseAsync(context.Token).AsTask())).ConfigureAwait(false);
        await context.UntilAsync(() => waiting.Count(waiter => waiter.IsCompletedSuccessfully) == MaxCount, "All permits that became free should be granted.").ConfigureAwait(false);
        var last = waiting.Single(waiter => !waiter.IsCompleted);
        var served = await waiting.First(waiter => waiter.IsCompleted).ConfigureAwait(false);
        await served.ReleaseAsync(context.Token).ConfigureAwait(false);
        await context.WithinAsync(context.Patience, last, "The last one should be served.").ConfigureAwait(false);
    }

    private static async Task PermitsAreServedInOrder(FactContext context)
    {
        const int Waiters = 4;
        var holder = await context.AtOnceAsync(ModeLock.Permit(await context.LockAsync().ConfigureAwait(false), 1), context.Key, "A free key should be granted.")
            .ConfigureAwait(false);
        List<int> served = [];
        List<Task> waiting = [];
        for (var i = 0; i < Waiters; i++)
        {
            // Each waits in the store before the next one comes, and in an instance of its own.
            waiting.Add(WaitAsync(await context.LockAsync().ConfigureAwait(false), i));
            await context.PassAsync(TimeSpan.FromMilliseconds(150)).ConfigureAwait(false);
        }

        await holder.ReleaseAsync(context.Token).ConfigureAwait(false);
        await context.WithinAsync(context.Patience, Task.WhenAll(waiting), "All should be served.").ConfigureAwait(false);
        Expect.True(served.SequenceEqual(Enumerable.Range(0, Waiters)), $"The waiters should be served in order, and were in this: {string.Join(", ", served)}.");

        async Task WaitAsync(DistributedLock locks, int number)
        {
            var handle = await ModeLock.Permit(locks, 1).AcquireAsync(context.Key, Leases.LongWait, context.Token).ConfigureAwait(false);
            lock (served)
            {
                served.Add(number);
            }

            await handle.ReleaseAsync(context.Token).ConfigureAwait(false);
        }
    }

    private static async Task DeadPermitComesBack(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var staying = await HoldAsync(context, locks, locks).ConfigureAwait(false);
        var provider = await context.ProviderAsync().ConfigureAwait(false);
        await context.HoldDeadAsync(provider, LockMode.Counted, MaxCount).ConfigureAwait(false);
        var next = await context.EventuallyAsync(ModeLock.Permit(locks, MaxCount), context.Key, "A dead holder's permit should come back.").ConfigureAwait(false);
        Expect.True(next.IsHeld && staying.TrueForAll(holder => holder.IsHeld), "Others should hold their permits still.");
        await context.RefusedAsync(ModeLock.Permit(locks, MaxCount), context.Key, "No more permits should be granted than allowed.").ConfigureAwait(false);
    }

    private static async Task TokensOfPermitsRise(FactContext context)
    {
        var first = await context.LockAsync().ConfigureAwait(false);
        var second = await context.LockAsync().ConfigureAwait(false);
        var holders = await HoldAsync(context, first, second, first).ConfigureAwait(false);
        await holders[0].ReleaseAsync(context.Token).ConfigureAwait(false);
        holders.Add(await context.AtOnceAsync(ModeLock.Permit(second, MaxCount), context.Key, "A released permit should be granted.").ConfigureAwait(false));
        Expect.Rising(holders.ConvertAll(holder => holder.FencingToken));
    }

    private static async Task<List<IDistributedLockHandle>> HoldAsync(FactContext context, params DistributedLock[] instances)
    {
        List<IDistributedLockHandle> holders = [];
        foreach (var locks in instances)
        {
            holders.Add(await context.AtOnceAsync(ModeLock.Permit(locks, MaxCount), context.Key, "A free permit should be granted.").ConfigureAwait(false));
        }

        return holders;
    }
}
