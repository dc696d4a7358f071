namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>Guarantee 10: locks don't follow a thread or an async flow; the handle is the owner.</summary>
internal static class ReentrancyFacts
{
    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.Reentrancy, "the holder's own flow is refused like any other", OwnFlowIsRefused),
        new(LockGuarantee.Reentrancy, "a handle may be released from another flow", AnotherFlowMayRelease),
    ];

    private static async Task OwnFlowIsRefused(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        await context.RefusedAsync(locks, context.Key, "A second acquire by the holder's flow should be refused.").ConfigureAwait(false);
        await Expect.ThrowsAsync<DistributedLockTimeoutException>(
            () => locks.AcquireAsync(context.Key, Leases.Within(TimeSpan.FromMilliseconds(100)), context.Token).AsTask(),
            "A second acquire by the holder's flow should time out.").ConfigureAwait(false);
        Expect.True(handle.IsHeld, "The lock should be held still.");
    }

    private static async Task AnotherFlowMayRelease(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        Task<bool> release;
        using (ExecutionContext.SuppressFlow())
        {
            release = Task.Run(() => handle.ReleaseAsync(context.Token).AsTask(), context.Token);
        }

        Expect.True(await release.ConfigureAwait(false), "The release of a held lock by another flow should be true.");
        await context.AtOnceAsync(locks, context.Key, "A released key should be granted.").ConfigureAwait(false);
    }
}
