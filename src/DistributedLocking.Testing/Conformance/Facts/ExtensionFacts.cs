namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>Guarantee 3: a lease that its holder extends.</summary>
internal static class ExtensionFacts
{
    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.Renewal, "an extended lease outlives its first deadline", ExtensionLengthensTheLease),
        new(LockGuarantee.Renewal, "an extension may shorten the lease", ExtensionShortensTheLease),
        new(LockGuarantee.Renewal, "extending a lock that is not held any more says that it is lost", ExtensionOfALostLockFails),
        new(LockGuarantee.Renewal, "an extension that the store fails to answer does not end the lock", FailedExtensionEndsNothing),
    ];

    private static async Task ExtensionLengthensTheLease(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.", Leases.Fixed(context.Renewed)).ConfigureAwait(false);
        var first = Stopwatch.Start();
        await handle.ExtendAsync(Leases.Far, context.Token).ConfigureAwait(false);
        Expect.AtLeast(Leases.Far / 2, handle.RemainingTime, "The remaining time of an extended lease");
        Expect.AtMost(Leases.Far, handle.RemainingTime, "The remaining time of an extended lease");
        await context.PassAsync((1.2 * context.Renewed) - first.Elapsed).ConfigureAwait(false);
        Expect.True(handle.IsHeld, "An extended lock should be held after its first deadline.");
        await context.RefusedAsync(other, context.Key, "An extended lock should be refused to others after its first deadline.").ConfigureAwait(false);
        Expect.False(handle.LostToken.IsCancellationRequested, "An extended lock should not be lost at its first deadline.");
    }

    private static async Task ExtensionShortensTheLease(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.", Leases.Fixed(Leases.Far)).ConfigureAwait(false);
        await handle.ExtendAsync(context.Lapsing, context.Token).ConfigureAwait(false);
        Expect.AtMost(context.Lapsing, handle.RemainingTime, "The remaining time of a shortened lease");
        await context.EventuallyAsync(other, context.Key, "A shortened lease should lapse.").ConfigureAwait(false);
        Expect.False(handle.IsHeld, "A lapsed lock should not be held.");
    }

    private static async Task ExtensionOfALostLockFails(FactContext context)
    {
        var (locks, faults) = await context.FaultyLockAsync().ConfigureAwait(false);

        var released = await context.AtOnceAsync(locks, context.NewKey(), "A free key should be granted.").ConfigureAwait(false);
        await released.ReleaseAsync(context.Token).ConfigureAwait(false);
        await LostAsync(released, "Extending a released lock should fail.").ConfigureAwait(false);

        var taken = await context.AtOnceAsync(locks, context.NewKey(), "A free key should be granted.").ConfigureAwait(false);
        await context.TakeAwayAsync(faults, taken).ConfigureAwait(false);
        await LostAsync(taken, "Extending a lock that the store has no record of should fail.").ConfigureAwait(false);
        Expect.False(taken.IsHeld, "A lock that an extension found lost should not be held.");
        await context.UntilAsync(() => taken.LostToken.IsCancellationRequested, "A loss that an extension found should be signalled.").ConfigureAwait(false);

        Task LostAsync(IDistributedLockHandle handle, string message) =>
            Expect.ThrowsAsync<DistributedLockLostException>(() => handle.ExtendAsync(Leases.Far, context.Token).AsTask(), message);
    }

    private static async Task FailedExtensionEndsNothing(FactContext context)
    {
        var (locks, faults) = await context.FaultyLockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        using (faults.FailRequests(ProviderOperations.Renew))
        {
            await Expect.ThrowsAsync<DistributedLockUnavailableException>(
                () => handle.ExtendAsync(Leases.Far, context.Token).AsTask(), "Extending while the store fails should say so.").ConfigureAwait(false);
        }

        Expect.True(handle.IsHeld, "A lock should be held after an extension that the store failed to answer.");
        await handle.ExtendAsync(Leases.Far, context.Token).ConfigureAwait(false);
        Expect.True(await handle.ReleaseAsync(context.Token).ConfigureAwait(false), "The release of a held lock should be true.");
    }
}
