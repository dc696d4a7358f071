using DistributedLocking.Providers;

namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>Guarantee 4: a release is an atomic compare-and-delete.</summary>
internal static class ReleaseFacts
{
    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.Release, "a release by its late holder never touches the next holder's lock", NeverTouchesASuccessor),
        new(LockGuarantee.Release, "the provider releases only what the given owner holds", ProviderComparesTheOwner),
        new(LockGuarantee.Release, "a second release does nothing", SecondReleaseDoesNothing),
        new(LockGuarantee.Release, "a release is not a loss", ReleaseIsNoLoss),
        new(LockGuarantee.Release, "the caller's cancellation does not undo a release", CancellationDoesNotUndo),
        new(LockGuarantee.Release, "a release that the store failed to answer is tried again in the background", FailureIsRetried),
        new(LockGuarantee.Release, "after a release no late renewal brings the key back", LateRenewalBringsNothingBack),
    ];

    private static async Task NeverTouchesASuccessor(FactContext context)
    {
        var (locks, faults) = await context.FaultyLockAsync().ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        var late = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        await context.TakeAwayAsync(faults, late).ConfigureAwait(false);
        var next = await context.AtOnceAsync(other, context.Key, "A key without a record should be granted.").ConfigureAwait(false);

        // The late holder believes that it holds the lock still, so its release does reach the store.
        Expect.False(await late.ReleaseAsync(context.Token).ConfigureAwait(false), "The release by a holder that lost its lock should be false.");
        await context.RefusedAsync(locks, context.Key, "A release by the former holder should leave the next holder's lock.").ConfigureAwait(false);
        await next.ExtendAsync(Leases.Far, context.Token).ConfigureAwait(false);
        Expect.True(await next.ReleaseAsync(context.Token).ConfigureAwait(false), "The next holder should hold the key until it releases it.");
    }

    private static async Task ProviderComparesTheOwner(FactContext context)
    {
        var provider = await context.ProviderAsync().ConfigureAwait(false);
        var lease = new LeaseReference(context.Key, $"owner-{context.Run}");
        Expect.False(await provider.ReleaseAsync(lease, context.Token).ConfigureAwait(false), "The release of a free key should be false.");
        var request = new AcquireRequest { Key = lease.Key, OwnerId = lease.OwnerId, TimeToLive = Leases.Far };
        Expect.True((await provider.TryAcquireAsync(request, context.Token).ConfigureAwait(false)).IsGranted, "A free key should be granted.");
        foreach (var stranger in (string[])[lease.OwnerId + "x", lease.OwnerId[..^1], lease.OwnerId.ToUpperInvariant(), "x"])
        {
            Expect.False(
                await provider.ReleaseAsync(lease with { OwnerId = stranger }, context.Token).ConfigureAwait(false), "The release by another owner should be false.");
        }

        var other = await provider.TryAcquireAsync(request with { OwnerId = "x" }, context.Token).ConfigureAwait(false);
        Expect.False(other.IsGranted, "A release by another owner should leave the lock.");
        Expect.True(await provider.ReleaseAsync(lease, context.Token).ConfigureAwait(false), "The release by the owner should be true.");
        Expect.False(await provider.ReleaseAsync(lease, context.Token).ConfigureAwait(false), "A second release should be false.");
    }

    private static async Task SecondReleaseDoesNothing(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        Expect.True(await handle.ReleaseAsync(context.Token).ConfigureAwait(false), "The release of a held lock should be true.");
        await context.AtOnceAsync(locks, context.Key, "A released key should be granted.").ConfigureAwait(false);
        Expect.False(await handle.ReleaseAsync(context.Token).ConfigureAwait(false), "A second release should be false.");
        await handle.DisposeAsync().ConfigureAwait(false);
        await context.RefusedAsync(locks, context.Key, "A second release should leave the next holder's lock.").ConfigureAwait(false);
    }

    private static async Task ReleaseIsNoLoss(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.", Leases.Fixed(context.Renewed)).ConfigureAwait(false);
        var token = handle.LostToken;
        Expect.True(await handle.ReleaseAsync(context.Token).ConfigureAwait(false), "The release of a held lock should be true.");
        Expect.False(handle.IsHeld, "A released lock should not be held.");
        Expect.Equal(TimeSpan.Zero, handle.RemainingTime, "The remaining time of a released lock");
        await context.PassAsync(1.2 * context.Renewed).ConfigureAwait(false);
        Expect.False(token.IsCancellationRequested, "A released lock should not be lost, not even at its former deadline.");
    }

    private static async Task CancellationDoesNotUndo(FactContext context)
    {
        var (locks, faults) = await context.FaultyLockAsync().ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        var key = context.NewKey();
        var handle = await context.AtOnceAsync(locks, key, "A free key should be granted.").ConfigureAwait(false);
        await ReleaseAsync(handle, new CancellationToken(canceled: true)).ConfigureAwait(false);
        await context.EventuallyAsync(other, key, "A release whose caller had cancelled should go on.").ConfigureAwait(false);

        key = context.NewKey();
        handle = await context.AtOnceAsync(locks, key, "A free key should be granted.").ConfigureAwait(false);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(context.Token);
        using (faults.HoldRequests(ProviderOperations.Release))
        {
            var calls = faults.CountCalls(ProviderOperations.Release);
            var release = ReleaseAsync(handle, cancel.Token);
            await context.UntilAsync(() => faults.CountCalls(ProviderOperations.Release) > calls, "A release should reach the store.").ConfigureAwait(false);
            await cancel.CancelAsync().ConfigureAwait(false);
            await context.WithinAsync(context.Patience, release, "A caller that cancels should not wait for the release.").ConfigureAwait(false);
        }

        await context.EventuallyAsync(other, key, "A release that was cancelled on its way should go on.").ConfigureAwait(false);
    }

    private static async Task ReleaseAsync(IDistributedLockHandle handle, CancellationToken cancellationToken)
    {
        try
        {
            await handle.ReleaseAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Whether the caller learns of the release in time is open; that it happens is not.
        }
    }

    private static async Task FailureIsRetried(FactContext context)
    {
        var (locks, faults) = await context.FaultyLockAsync().ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        using (faults.FailRequests(ProviderOperations.Release))
        {
            await Expect.ThrowsAsync<DistributedLockUnavailableException>(
                () => handle.ReleaseAsync(context.Token).AsTask(), "A release that the store fails to answer should say so.").ConfigureAwait(false);
            Expect.False(handle.IsHeld, "A lock should not be held after its release, whatever the store said.");
        }

        await context.EventuallyAsync(other, context.Key, "A release that failed should be tried again.").ConfigureAwait(false);
    }

    private static async Task LateRenewalBringsNothingBack(FactContext context)
    {
        const int Rounds = 15;
        var random = new Random(20_261);
        var (locks, faults) = await context.FaultyLockAsync(options => options.RenewalInterval = TimeSpan.FromMilliseconds(2)).ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        using var slow = faults.DelayRequests(ProviderOperations.Renew, TimeSpan.FromMilliseconds(5));
        for (var round = 0; round < Rounds; round++)
        {
            var handle = await context.AtOnceAsync(locks, context.Key, "A released key should be granted.").ConfigureAwait(false);
            await context.PassAsync(TimeSpan.FromMilliseconds(random.Next(1, 15))).ConfigureAwait(false);
            Expect.True(await handle.ReleaseAsync(context.Token).ConfigureAwait(false), "The release of a held lock should be true.");
            var next = await context.AtOnceAsync(other, context.Key, "A released key should be granted to another instance.").ConfigureAwait(false);
            await context.PassAsync(TimeSpan.FromMilliseconds(10)).ConfigureAwait(false);
            await context.RefusedAsync(locks, context.Key, "A late renewal should not take the key from the next holder.").ConfigureAwait(false);
            Expect.True(await next.ReleaseAsync(context.Token).ConfigureAwait(false), "The release of a held lock should be true.");
        }

        Expect.True(faults.CountCalls(ProviderOperations.Renew) > 0, "The leases should have been renewed.");
    }
}
