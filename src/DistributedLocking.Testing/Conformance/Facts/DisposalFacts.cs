namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>Guarantee 4: disposing a handle releases its lock, never throws and never blocks for long.</summary>
internal static class DisposalFacts
{
    /// <summary>What a dispose may take when the store does not answer.</summary>
    private static readonly TimeSpan ShortBound = TimeSpan.FromSeconds(10);

    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.Release, "disposing a handle releases its lock, both ways", DisposeReleases),
        new(LockGuarantee.Release, "disposing a handle that was lost does nothing and does not throw", DisposeAfterLossDoesNothing),
        new(LockGuarantee.Release, "disposing a handle does not throw when the store fails", DisposeSurvivesFailure),
        new(LockGuarantee.Release, "disposing a handle does not block for long when the store hangs", DisposeSurvivesSilence),
    ];

    private static async Task DisposeReleases(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        await handle.DisposeAsync().ConfigureAwait(false);
        Expect.False(handle.IsHeld, "A disposed lock should not be held.");
        var next = await context.AtOnceAsync(other, context.Key, "Disposing asynchronously should release.").ConfigureAwait(false);
        await Task.Run(next.Dispose, context.Token).ConfigureAwait(false);
        Expect.False(next.IsHeld, "A disposed lock should not be held.");
        await context.AtOnceAsync(locks, context.Key, "Disposing synchronously should release.").ConfigureAwait(false);
        await handle.DisposeAsync().ConfigureAwait(false);
        await Task.Run(next.Dispose, context.Token).ConfigureAwait(false);
        await context.RefusedAsync(other, context.Key, "A second dispose should leave the next holder's lock.").ConfigureAwait(false);
    }

    private static async Task DisposeAfterLossDoesNothing(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.", Leases.Fixed(context.Lapsing)).ConfigureAwait(false);
        await context.EventuallyAsync(other, context.Key, "A lease that is not renewed should lapse.").ConfigureAwait(false);
        await handle.DisposeAsync().ConfigureAwait(false);
        await Task.Run(handle.Dispose, context.Token).ConfigureAwait(false);
        await context.RefusedAsync(locks, context.Key, "Disposing a lost handle should leave the next holder's lock.").ConfigureAwait(false);
    }

    private static async Task DisposeSurvivesFailure(FactContext context)
    {
        var (locks, faults) = await context.FaultyLockAsync().ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        var first = await context.AtOnceAsync(locks, context.NewKey(), "A free key should be granted.").ConfigureAwait(false);
        var second = await context.AtOnceAsync(locks, context.NewKey(), "A free key should be granted.").ConfigureAwait(false);
        using (faults.FailRequests(ProviderOperations.All))
        {
            await context.WithinAsync(ShortBound, first.DisposeAsync().AsTask(), "Disposing while the store fails should end.").ConfigureAwait(false);
            await context.WithinAsync(ShortBound, Task.Run(second.Dispose, context.Token), "Disposing while the store fails should end.").ConfigureAwait(false);
            Expect.False(first.IsHeld || second.IsHeld, "A disposed lock should not be held.");
        }

        foreach (var handle in (IDistributedLockHandle[])[first, second])
        {
            await context.EventuallyAsync(other, handle.Key, "The release by a dispose should be tried again when the store is back.").ConfigureAwait(false);
        }
    }

    private static async Task DisposeSurvivesSilence(FactContext context)
    {
        var (locks, faults) = await context.FaultyLockAsync().ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        var first = await context.AtOnceAsync(locks, context.NewKey(), "A free key should be granted.").ConfigureAwait(false);
        var second = await context.AtOnceAsync(locks, context.NewKey(), "A free key should be granted.").ConfigureAwait(false);
        using (faults.HoldRequests(ProviderOperations.All))
        {
            var disposals = Task.WhenAll(first.DisposeAsync().AsTask(), Task.Run(second.Dispose, context.Token));
            await context.WithinAsync(ShortBound, disposals, "Disposing while the store hangs should end.").ConfigureAwait(false);
            Expect.False(first.IsHeld || second.IsHeld, "A disposed lock should not be held.");
        }

        foreach (var handle in (IDistributedLockHandle[])[first, second])
        {
            await context.EventuallyAsync(other, handle.Key, "The release by a dispose should go on when the store is back.").ConfigureAwait(false);
        }
    }
}
