namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>Guarantee 8 with a store that really is away. These facts have the store for themselves.</summary>
internal static class OutageFacts
{
    /// <summary>Longer than the time-out of any command to a store should be.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.Failure, "a store that is away is Unavailable, and the lock works again when it is back", OutageIsUnavailable)
        {
            Requires = [Requirement.Outage],
        },
        new(LockGuarantee.Failure, "a holder that is cut off from the store is told at its deadline", HolderIsToldAtItsDeadline) { Requires = [Requirement.Outage] },
        new(LockGuarantee.Failure, "disposing handles and locks does not throw while the store is away", DisposeSurvivesTheOutage) { Requires = [Requirement.Outage] },
    ];

    private static Task OutageIsUnavailable(FactContext context) => WithOutageAsync(
        context,
        async locks =>
        {
            var tried = Expect.ThrowsAsync<DistributedLockUnavailableException>(
                () => locks.TryAcquireAsync(context.Key, Leases.Long, context.Token).AsTask(), "A try while the store is away should say so.");
            await context.WithinAsync(Bound, tried, "A try while the store is away should end.").ConfigureAwait(false);
            var waited = Expect.ThrowsAsync<DistributedLockUnavailableException>(
                () => locks.AcquireAsync(context.Key, Leases.Within(TimeSpan.FromMilliseconds(250)), context.Token).AsTask(),
                "A wait while the store is away should not look like contention.");
            await context.WithinAsync(Bound, waited, "A wait while the store is away should end.").ConfigureAwait(false);
        });

    private static async Task HolderIsToldAtItsDeadline(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.", Leases.Renewed(context.Renewed)).ConfigureAwait(false);
        await WithOutageAsync(
            context,
            async _ =>
            {
                await context.UntilAsync(() => !handle.IsHeld, "A lock that can't be renewed should end at its deadline.").ConfigureAwait(false);
                await context.UntilAsync(() => handle.LostToken.IsCancellationRequested, "Its loss should be signalled.").ConfigureAwait(false);
            }).ConfigureAwait(false);
    }

    private static async Task DisposeSurvivesTheOutage(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.NewKey(), "A free key should be granted.").ConfigureAwait(false);
        await context.AtOnceAsync(locks, context.NewKey(), "A free key should be granted.").ConfigureAwait(false);
        await WithOutageAsync(
            context,
            async _ =>
            {
                await context.WithinAsync(Bound, handle.DisposeAsync().AsTask(), "Disposing a handle while the store is away should end.").ConfigureAwait(false);
                await context.WithinAsync(Bound, locks.DisposeAsync().AsTask(), "Disposing the lock while the store is away should end.").ConfigureAwait(false);
            }).ConfigureAwait(false);
    }

    private static async Task WithOutageAsync(FactContext context, Func<DistributedLock, Task> body)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        await context.Fixture.StopStoreAsync(context.Token).ConfigureAwait(false);
        try
        {
            await body(locks).ConfigureAwait(false);
        }
        finally
        {
            await context.Fixture.StartStoreAsync(CancellationToken.None).ConfigureAwait(false);
        }

        await context.UntilAsync(
            async () =>
            {
                try
                {
                    await context.EventuallyAsync(locks, context.NewKey(), "A free key should be granted.").ConfigureAwait(false);
                    return true;
                }
                catch (DistributedLockUnavailableException)
                {
                    return false;
                }
            },
            "The lock should work again when the store is back.").ConfigureAwait(false);
    }
}
