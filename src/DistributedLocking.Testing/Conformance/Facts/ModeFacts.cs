namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>What all modes of a provider have in common, and keep apart.</summary>
internal static class ModeFacts
{
    private const int MaxCount = 2;

    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.Exclusion, "a lock, a reader-writer lock and a semaphore of one key are separate", ModesAreSeparate),
        new(LockGuarantee.Exclusion, "a mode without a capability is refused, with who has it", MissingModesAreRefused),
        new(LockGuarantee.UnknownOutcome, "a read lock whose grant was not answered is given back", UnansweredReadLock) { Requires = [Requirement.Shared] },
        new(LockGuarantee.UnknownOutcome, "a permit whose grant was not answered is given back", UnansweredPermit) { Requires = [Requirement.Counted] },
        new(LockGuarantee.UnknownOutcome, "cancelled waiters for a read lock leave nothing", CancelledReaders) { Requires = [Requirement.Shared] },
        new(LockGuarantee.UnknownOutcome, "cancelled waiters for a permit leak none", CancelledPermits) { Requires = [Requirement.Counted] },
        new(LockGuarantee.Shutdown, "disposing the lock gives back its permits and read locks", DisposalGivesAllBack) { Requires = [Requirement.Shared] },
    ];

    /// <summary>The modes that the provider has, each as a lock that excludes its like.</summary>
    private static IEnumerable<IDistributedLock> ModesOf(FactContext context, DistributedLock locks)
    {
        yield return locks;
        if (Requirement.Shared.Check(context.Fixture) is null)
        {
            yield return ModeLock.Writer(locks);
        }

        if (Requirement.Counted.Check(context.Fixture) is null)
        {
            yield return ModeLock.Permit(locks, maxCount: 1);
        }
    }

    private static async Task ModesAreSeparate(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var others = await context.LockAsync().ConfigureAwait(false);
        List<IDistributedLockHandle> held = [];
        foreach (var mode in ModesOf(context, locks))
        {
            held.Add(await context.AtOnceAsync(mode, context.Key, "A lock should not exclude those of other modes.").ConfigureAwait(false));
        }

        foreach (var (mode, handle) in ModesOf(context, others).Zip(held))
        {
            await context.RefusedAsync(mode, context.Key, "A held lock should be refused in its own mode.").ConfigureAwait(false);
            Expect.True(await handle.ReleaseAsync(context.Token).ConfigureAwait(false), "The release of a held lock should be true.");
            await context.AtOnceAsync(mode, context.Key, "A released lock should be granted.").ConfigureAwait(false);
        }
    }

    private static async Task MissingModesAreRefused(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        foreach (var (requirement, mode) in new[] { (Requirement.Shared, ModeLock.Reader(locks)), (Requirement.Counted, ModeLock.Permit(locks, MaxCount)) })
        {
            if (requirement.Check(context.Fixture) is null)
            {
                continue;
            }

            var refusal = await Expect.ThrowsAsync<NotSupportedException>(
                () => mode.AcquireAsync(context.Key, Leases.Long, context.Token).AsTask(), "A mode that the provider does not have should be refused.").ConfigureAwait(false);
            Expect.True(refusal.Message.Contains("These have:", StringComparison.Ordinal), "The refusal should say who has the mode.");
        }
    }

    private static async Task UnansweredReadLock(FactContext context)
    {
        var (locks, faults) = await context.FaultyLockAsync().ConfigureAwait(false);
        await LoseAnswerAsync(context, ModeLock.Reader(locks), faults).ConfigureAwait(false);
        await context.EventuallyAsync(ModeLock.Writer(locks), context.Key, "A read lock that nobody was told of should be given back.").ConfigureAwait(false);
    }

    private static async Task UnansweredPermit(FactContext context)
    {
        var (locks, faults) = await context.FaultyLockAsync().ConfigureAwait(false);
        await LoseAnswerAsync(context, ModeLock.Permit(locks, MaxCount), faults).ConfigureAwait(false);
        await context.EventuallyAsync(ModeLock.Permit(locks, maxCount: 1), context.Key, "A permit that nobody was told of should be given back.").ConfigureAwait(false);
    }

    private static async Task LoseAnswerAsync(FactContext context, IDistributedLock mode, FaultyLockProvider faults)
    {
        using (faults.LoseReplies(ProviderOperations.Acquire))
        {
            await Expect.ThrowsAsync<DistributedLockUnavailableException>(
                () => mode.TryAcquireAsync(context.Key, Leases.Long, context.Token).AsTask(), "A store that does not answer should be unavailable.").ConfigureAwait(false);
        }
    }

    private static async Task CancelledReaders(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        await CancelManyAsync(context, ModeLock.Writer(locks), ModeLock.Reader).ConfigureAwait(false);
        await context.EventuallyAsync(ModeLock.Writer(locks), context.Key, "Cancelled readers should leave nothing.").ConfigureAwait(false);
    }

    private static async Task CancelledPermits(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        await CancelManyAsync(context, ModeLock.Permit(locks, maxCount: 1), instance => ModeLock.Permit(instance, MaxCount)).ConfigureAwait(false);
        await context.EventuallyAsync(ModeLock.Permit(locks, maxCount: 1), context.Key, "Cancelled waiters should leak no permit.").ConfigureAwait(false);
    }

    /// <summary>
    /// Waiters of several instances cancel at about the time when the holder releases, some before and some after.
    /// </summary>
    private static async Task CancelManyAsync(FactContext context, IDistributedLock holding, Func<DistributedLock, IDistributedLock> waiting)
    {
        var others = await context.LockAsync().ConfigureAwait(false);
        var more = await context.LockAsync().ConfigureAwait(false);
        for (var round = 0; round < 6; round++)
        {
            var holder = await context.EventuallyAsync(holding, context.Key, "A free key should be granted.").ConfigureAwait(false);
            using var cancel = CancellationTokenSource.CreateLinkedTokenSource(context.Token);
            var waiters = new[] { others, more, others }
                .Select(instance => waiting(instance).AcquireAsync(context.Key, Leases.LongWait, cancel.Token).AsTask())
                .ToList();
            await context.PassAsync(TimeSpan.FromMilliseconds(5 * round)).ConfigureAwait(false);
            var release = holder.ReleaseAsync(context.Token).AsTask();
            await cancel.CancelAsync().ConfigureAwait(false);
            await release.ConfigureAwait(false);
            foreach (var waiter in waiters)
            {
                await Task.WhenAny(waiter).ConfigureAwait(false);
                if (waiter.IsCompletedSuccessfully)
                {
                    await (await waiter.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
                }
            }
        }
    }

    private static async Task DisposalGivesAllBack(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var others = await context.LockAsync().ConfigureAwait(false);
        await context.AtOnceAsync(ModeLock.Reader(others), context.Key, "A free key should be granted.").ConfigureAwait(false);
        if (Requirement.Counted.Check(context.Fixture) is null)
        {
            await context.AtOnceAsync(ModeLock.Permit(others, MaxCount), context.Key, "A free permit should be granted.").ConfigureAwait(false);
        }

        await others.DisposeAsync().ConfigureAwait(false);
        foreach (var mode in ModesOf(context, locks))
        {
            await context.EventuallyAsync(mode, context.Key, "What a disposed lock held should be free.").ConfigureAwait(false);
        }
    }
}
