using System.Runtime.CompilerServices;
using DistributedLocking.Providers;

namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>Guarantee 3: only "not mine any more" or the deadline ends a lock, and a lost lock stays lost.</summary>
internal static class RenewalFacts
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(50);

    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.Renewal, "renewals keep a lock for several times its time to live", RenewalsKeepTheLock),
        new(LockGuarantee.Renewal, "a lease that is not renewed lapses, and another holder gets the key", FixedLeaseLapses),
        new(LockGuarantee.Renewal, "renewals that fail are tried again", FailuresAreRetried),
        new(LockGuarantee.Renewal, "a lock that the store has no record of is lost, and not taken again", LostLockStaysLost),
        new(LockGuarantee.Renewal, "a lock that another holder has is lost, and the other one keeps it", LostLockIsLeftToItsNextHolder),
        new(LockGuarantee.Renewal, "MaxHoldTime ends a lock that is renewed", MaxHoldTimeEndsTheLock),
        new(LockGuarantee.Renewal, "a handle that was forgotten lapses", ForgottenHandleLapses),
        new(LockGuarantee.Renewal, "a renewal never acquires, and answers each lease of its batch in order", BatchIsAnsweredInOrder),
    ];

    private static async Task RenewalsKeepTheLock(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.", Leases.Renewed(context.Renewed)).ConfigureAwait(false);
        var held = Stopwatch.Start();
        while (held.Elapsed < 2.5 * context.Renewed)
        {
            await context.RefusedAsync(other, context.Key, "A key whose lease is renewed should be refused.").ConfigureAwait(false);
            Expect.True(handle.IsHeld, "A lock that is renewed should be held.");
            await context.PassAsync(TimeSpan.FromMilliseconds(20)).ConfigureAwait(false);
        }

        Expect.False(handle.LostToken.IsCancellationRequested, "A lock that is renewed should not be lost.");
        Expect.True(await handle.ReleaseAsync(context.Token).ConfigureAwait(false), "The release of a held lock should be true.");
    }

    private static async Task FixedLeaseLapses(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.", Leases.Fixed(context.Lapsing)).ConfigureAwait(false);
        await context.EventuallyAsync(other, context.Key, "A lease that is not renewed should lapse.").ConfigureAwait(false);
        Expect.False(handle.IsHeld, "A lapsed lock should not be held.");
        await context.UntilAsync(() => handle.LostToken.IsCancellationRequested, "A lapsed lock should be signalled.").ConfigureAwait(false);
        Expect.False(await handle.ReleaseAsync(context.Token).ConfigureAwait(false), "The release of a lapsed lock should be false.");
        await context.RefusedAsync(locks, context.Key, "The next holder should keep the key.").ConfigureAwait(false);
    }

    private static async Task FailuresAreRetried(FactContext context)
    {
        var (locks, faults) = await context.FaultyLockAsync(options => options.RenewalInterval = Often).ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        using (faults.FailRequests(ProviderOperations.Renew))
        {
            await context.UntilAsync(() => faults.CountCalls(ProviderOperations.Renew) >= 3, "A renewal that fails should be tried again.").ConfigureAwait(false);
        }

        var before = handle.RemainingTime;
        await context.UntilAsync(() => handle.RemainingTime > before, "A renewal after failures should succeed.").ConfigureAwait(false);
        Expect.False(handle.LostToken.IsCancellationRequested, "Renewals that fail should not end a lock before its deadline.");
        Expect.True(await handle.ReleaseAsync(context.Token).ConfigureAwait(false), "The release of a held lock should be true.");
    }

    private static async Task LostLockStaysLost(FactContext context)
    {
        var (locks, faults) = await context.FaultyLockAsync(options => options.RenewalInterval = Often).ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        await context.TakeAwayAsync(faults, handle).ConfigureAwait(false);
        await context.UntilAsync(
            () => handle.LostToken.IsCancellationRequested, "A renewal should find that the store has no record of the lock, and not make one.").ConfigureAwait(false);
        Expect.False(handle.IsHeld, "A lost lock should not be held.");
        Expect.Equal(TimeSpan.Zero, handle.RemainingTime, "The remaining time of a lost lock");
        await context.AtOnceAsync(other, context.Key, "The key of a lost lock should be free.").ConfigureAwait(false);
        Expect.False(await handle.ReleaseAsync(context.Token).ConfigureAwait(false), "The release of a lost lock should be false.");
    }

    private static async Task LostLockIsLeftToItsNextHolder(FactContext context)
    {
        var (locks, faults) = await context.FaultyLockAsync(options => options.RenewalInterval = Often).ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        IDistributedLockHandle handle;
        IDistributedLockHandle next;
        using (faults.HoldRequests(ProviderOperations.Renew))
        {
            handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
            await context.TakeAwayAsync(faults, handle).ConfigureAwait(false);
            next = await context.AtOnceAsync(other, context.Key, "A key without a record should be granted.").ConfigureAwait(false);
        }

        await context.UntilAsync(() => handle.LostToken.IsCancellationRequested, "A renewal should find that another owner holds the key.").ConfigureAwait(false);
        await next.ExtendAsync(Leases.Far, context.Token).ConfigureAwait(false);
        Expect.True(await next.ReleaseAsync(context.Token).ConfigureAwait(false), "The next holder should hold the key until it releases it.");
    }

    private static async Task MaxHoldTimeEndsTheLock(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        var options = Leases.Renewed(context.Renewed) with { MaxHoldTime = 1.5 * context.Renewed };
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.", options).ConfigureAwait(false);
        var held = Stopwatch.Start();
        await context.EventuallyAsync(other, context.Key, "The key should be free after MaxHoldTime.").ConfigureAwait(false);
        Expect.AtLeast(context.Renewed, held.Elapsed, "The time that a renewed lock was held");
        Expect.False(handle.IsHeld, "A lock should not be held after MaxHoldTime.");
        await context.UntilAsync(() => handle.LostToken.IsCancellationRequested, "The end by MaxHoldTime should be signalled.").ConfigureAwait(false);
    }

    private static async Task ForgottenHandleLapses(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        await AcquireAndForgetAsync(context, locks).ConfigureAwait(false);
        await context.UntilAsync(
            async () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return await other.TryAcquireAsync(context.Key, Leases.Long, context.Token).ConfigureAwait(false) is not null;
            },
            "A lock whose handle was collected should lapse.").ConfigureAwait(false);
    }

    // A frame of its own, so that nothing keeps the handle alive when it returns.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task AcquireAndForgetAsync(FactContext context, DistributedLock locks) =>
        await context.AtOnceAsync(locks, context.Key, "A free key should be granted.", Leases.Renewed(context.Lapsing)).ConfigureAwait(false);

    private static async Task BatchIsAnsweredInOrder(FactContext context)
    {
        const int Leases = 20;
        var provider = await context.ProviderAsync().ConfigureAwait(false);
        List<RenewalRequest> batch = [];
        for (var i = 0; i < Leases; i++)
        {
            var lease = new LeaseReference(context.NewKey(), $"owner-{context.Run}-{i}");
            batch.Add(new RenewalRequest(lease, Conformance.Leases.Far));
            if (i % 2 == 0)
            {
                var request = new AcquireRequest { Key = lease.Key, OwnerId = lease.OwnerId, TimeToLive = Conformance.Leases.Far };
                Expect.True((await provider.TryAcquireAsync(request, context.Token).ConfigureAwait(false)).IsGranted, "A free key should be granted.");
            }
        }

        for (var round = 1; round <= 2; round++)
        {
            var replies = await provider.RenewAsync(batch, context.Token).ConfigureAwait(false);
            Expect.Equal(Leases, replies.Count, "The number of replies");
            for (var i = 0; i < Leases; i++)
            {
                Expect.Equal(
                    i % 2 == 0 ? RenewalOutcome.Renewed : RenewalOutcome.Lost, replies[i].Outcome, $"In renewal {round}, the reply to lease {i}, {(i % 2 == 0 ? "held" : "never held")},");
            }
        }

        foreach (var (lease, _) in batch.Where((_, i) => i % 2 == 0))
        {
            Expect.True(await provider.ReleaseAsync(lease, context.Token).ConfigureAwait(false), "The release of a held lease should be true.");
        }
    }
}
