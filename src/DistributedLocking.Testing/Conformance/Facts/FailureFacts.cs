using DistributedLocking.Testing.Conformance.Probes;

namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>
/// Guarantee 8: contention and failure never look alike. A store that really is away: <see cref="OutageFacts"/>.
/// </summary>
/// <remarks>
/// The leases are short because an attempt that failed is cleaned up until its lease would have ended, and disposing
/// the lock waits for that.
/// </remarks>
internal static class FailureFacts
{
    private static readonly TimeSpan ShortWait = TimeSpan.FromMilliseconds(250);

    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.Failure, "a failing store is Unavailable, with the cause inside, and never contention", FailureIsUnavailable),
        new(LockGuarantee.Failure, "a wait that ends on an error is Unavailable, also when somebody held the key before", ErrorAfterContentionIsUnavailable)
        {
            Requires = [Requirement.NoQueue],
        },
        new(LockGuarantee.Failure, "a transient error is retried within the wait", TransientErrorIsRetried),
        new(LockGuarantee.Failure, "an error that no retry can help ends the wait at once", PermanentErrorEndsTheWait),
        new(LockGuarantee.Failure, "a silent store is Unavailable when the wait is over", SilenceIsUnavailable),
    ];

    private static async Task FailureIsUnavailable(FactContext context)
    {
        var lease = Leases.Fixed(context.Lapsing);
        var (locks, faults) = await context.FaultyLockAsync().ConfigureAwait(false);
        var cause = new IOException("The cause.");
        using (faults.FailRequests(ProviderOperations.Acquire, () => cause))
        {
            var tried = await UnavailableAsync(() => locks.TryAcquireAsync(context.Key, lease, context.Token).AsTask()).ConfigureAwait(false);
            Expect.True(Causes(tried).Contains(cause), "The exception should have the store's error inside.");
            var triedLonger = await UnavailableAsync(() => locks.TryAcquireAsync(context.Key, lease with { WaitTimeout = ShortWait }, context.Token).AsTask())
                .ConfigureAwait(false);
            Expect.True(Causes(triedLonger).Contains(cause), "The exception should have the store's error inside.");
            var waited = await UnavailableAsync(() => locks.AcquireAsync(context.Key, lease with { WaitTimeout = ShortWait }, context.Token).AsTask()).ConfigureAwait(false);
            Expect.True(Causes(waited).Contains(cause), "The exception should have the store's error inside.");
        }

        await context.EventuallyAsync(locks, context.Key, "The lock should work again when the store does.").ConfigureAwait(false);
    }

    private static async Task ErrorAfterContentionIsUnavailable(FactContext context)
    {
        RecordingLockProvider? recording = null;
        FaultyLockProvider? faults = null;
        var locks = await context.LockAsync(
            provider => faults = new FaultyLockProvider(recording = new RecordingLockProvider(provider))).ConfigureAwait(false);
        var other = await context.LockAsync().ConfigureAwait(false);
        await context.AtOnceAsync(other, context.Key, "A free key should be granted.").ConfigureAwait(false);
        var attempt = locks.AcquireAsync(context.Key, Leases.Fixed(context.Lapsing) with { WaitTimeout = 3 * ShortWait }, context.Token).AsTask();
        await context.UntilAsync(() => recording!.Refusals > 0, "A waiter should ask the store.").ConfigureAwait(false);
        using var fault = faults!.FailRequests(ProviderOperations.All);
        using var unheard = faults.HoldReplies(ProviderOperations.WakeUp);
        await UnavailableAsync(() => attempt).ConfigureAwait(false);
    }

    private static async Task TransientErrorIsRetried(FactContext context)
    {
        var (locks, faults) = await context.FaultyLockAsync().ConfigureAwait(false);
        Task<IDistributedLockHandle> attempt;
        using (faults.FailRequests(ProviderOperations.Acquire))
        {
            attempt = locks.AcquireAsync(context.Key, Leases.Renewed(context.Renewed) with { WaitTimeout = Timeout.InfiniteTimeSpan }, context.Token).AsTask();
            await context.UntilAsync(() => faults.CountCalls(ProviderOperations.Acquire) >= 2, "A transient error should be retried.").ConfigureAwait(false);
        }

        var handle = await context.WithinAsync(context.Patience, attempt, "A wait should end well when the store does.").ConfigureAwait(false);
        Expect.True(handle.IsHeld, "A granted lock should be held.");
    }

    private static async Task PermanentErrorEndsTheWait(FactContext context)
    {
        var (locks, faults) = await context.FaultyLockAsync().ConfigureAwait(false);
        using var fault = faults.FailRequests(
            ProviderOperations.Acquire, () => new DistributedLockUnavailableException("No retry can help.") { IsTransient = false });
        var endless = Leases.Fixed(context.Lapsing) with { WaitTimeout = Timeout.InfiniteTimeSpan };
        var attempt = UnavailableAsync(() => locks.AcquireAsync(context.Key, endless, context.Token).AsTask());
        var error = await context.WithinAsync(context.Patience, attempt, "An error that no retry can help should end the wait.").ConfigureAwait(false);
        Expect.False(error.IsTransient, "The exception should say that no retry can help.");
    }

    private static async Task SilenceIsUnavailable(FactContext context)
    {
        var (locks, faults) = await context.FaultyLockAsync().ConfigureAwait(false);
        using var fault = faults.HoldRequests(ProviderOperations.Acquire);
        var lease = Leases.Fixed(context.Lapsing) with { WaitTimeout = ShortWait };
        var attempt = UnavailableAsync(() => locks.AcquireAsync(context.Key, lease, context.Token).AsTask());
        await context.WithinAsync(context.Patience, attempt, "A wait should end while the store is silent.").ConfigureAwait(false);
    }

    private static Task<DistributedLockUnavailableException> UnavailableAsync(Func<Task> action) =>
        Expect.ThrowsAsync<DistributedLockUnavailableException>(action, "A failing store should not look like contention.");

    private static IEnumerable<Exception> Causes(Exception e)
    {
        for (var cause = e.InnerException; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }
}
