namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>Guarantee 9: a release by key pairs with the oldest acquisition through the same instance.</summary>
internal static class ReleaseByKeyFacts
{
    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.ReleaseByKey, "a release by key frees the key", ReleaseFreesTheKey),
        new(LockGuarantee.ReleaseByKey, "with nothing to release the answer is false", NothingToRelease),
        new(LockGuarantee.ReleaseByKey, "another instance's lock is not released", OtherInstancesAreLeftAlone),
        new(LockGuarantee.ReleaseByKey, "a late release by one that lost its lock does not free the next holder's", LateReleasePairsWithTheLostLock),
        new(LockGuarantee.ReleaseByKey, "the record of a lost lock is dropped after a time to live", LostRecordIsDropped),
    ];

    private static async Task ReleaseFreesTheKey(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        Expect.True(await locks.ReleaseAsync(context.Key, context.Token).ConfigureAwait(false), "The release by key of a held lock should be true.");
        Expect.False(handle.IsHeld, "A released lock should not be held.");
        Expect.False(handle.LostToken.IsCancellationRequested, "A released lock should not be lost.");
        await context.AtOnceAsync(other, context.Key, "A released key should be granted.").ConfigureAwait(false);
        Expect.False(await handle.ReleaseAsync(context.Token).ConfigureAwait(false), "A second release should be false.");
        await handle.DisposeAsync().ConfigureAwait(false);
        await context.RefusedAsync(locks, context.Key, "A second release should leave the next holder's lock.").ConfigureAwait(false);
    }

    private static async Task NothingToRelease(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        Expect.False(await locks.ReleaseAsync(context.Key, context.Token).ConfigureAwait(false), "The release of a key that was never acquired should be false.");
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        await handle.ReleaseAsync(context.Token).ConfigureAwait(false);
        Expect.False(await locks.ReleaseAsync(context.Key, context.Token).ConfigureAwait(false), "The release of a released key should be false.");
    }

    private static async Task OtherInstancesAreLeftAlone(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        Expect.False(await other.ReleaseAsync(context.Key, context.Token).ConfigureAwait(false), "The release of another instance's lock should be false.");
        await context.RefusedAsync(other, context.Key, "A release through another instance should leave the lock.").ConfigureAwait(false);
        Expect.True(await handle.ReleaseAsync(context.Token).ConfigureAwait(false), "The release of a held lock should be true.");
    }

    private static async Task LateReleasePairsWithTheLostLock(FactContext context)
    {
        var (locks, faults) = await context.FaultyLockAsync(options => options.RenewalInterval = TimeSpan.FromMilliseconds(50)).ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);

        // Lost early in its far lease, so that the record of the loss outlives this fact.
        var lost = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        await context.TakeAwayAsync(faults, lost).ConfigureAwait(false);
        await context.UntilAsync(() => lost.LostToken.IsCancellationRequested, "A lock without a record should be lost.").ConfigureAwait(false);

        // Not at once where several servers vote: one may hear of the loss a little later.
        var next = await context.EventuallyAsync(locks, context.Key, "The key of a lost lock should be granted.").ConfigureAwait(false);

        Expect.False(
            await locks.ReleaseAsync(context.Key, context.Token).ConfigureAwait(false), "The first release should pair with the lost lock, and be false.");
        Expect.True(next.IsHeld, "The first release should leave the next holder's lock.");
        await context.RefusedAsync(other, context.Key, "The first release should leave the next holder's lock.").ConfigureAwait(false);
        Expect.True(await locks.ReleaseAsync(context.Key, context.Token).ConfigureAwait(false), "The second release should pair with the next holder's lock.");
        Expect.False(next.IsHeld, "A released lock should not be held.");
    }

    private static async Task LostRecordIsDropped(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var lost = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.", Leases.Fixed(context.Lapsing)).ConfigureAwait(false);
        await context.UntilAsync(() => lost.LostToken.IsCancellationRequested, "A lease that is not renewed should lapse.").ConfigureAwait(false);
        await context.PassAsync(3 * context.Lapsing).ConfigureAwait(false);
        var next = await context.EventuallyAsync(locks, context.Key, "The key of a lapsed lock should be granted.").ConfigureAwait(false);
        Expect.True(
            await locks.ReleaseAsync(context.Key, context.Token).ConfigureAwait(false),
            "A release a time to live after the loss should pair with the next holder's lock.");
        Expect.False(next.IsHeld, "A released lock should not be held.");
    }
}
