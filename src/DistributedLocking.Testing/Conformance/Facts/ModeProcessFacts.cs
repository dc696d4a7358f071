using DistributedLocking.Providers;
using DistributedLocking.Testing.Conformance.Workers;

namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>Readers and holders of permits in another process that is killed or stopped: only their share is free.</summary>
internal static class ModeProcessFacts
{
    private const int MaxCount = 2;

    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.Exclusion, "processes share read locks, and exclude each other's writers", ProcessesShareReadLocks)
        {
            Requires = [Requirement.OtherProcess, Requirement.Shared],
        },
        new(LockGuarantee.Exclusion, "processes share the permits of a semaphore", ProcessesSharePermits) { Requires = [Requirement.OtherProcess, Requirement.Counted] },
        new(LockGuarantee.Lease, "a killed reader's share comes back, and the other readers keep theirs", KilledReaderLeavesNothing)
        {
            Requires = [Requirement.OtherProcess, Requirement.Shared],
        },
        new(LockGuarantee.Lease, "a killed holder's permit comes back, and the others keep theirs", KilledHolderLeavesItsPermit)
        {
            Requires = [Requirement.OtherProcess, Requirement.Counted],
        },
        new(LockGuarantee.Lease, "a reader that is stopped for longer than its lease loses its share alone, and learns of it", StoppedReaderLosesItsShare)
        {
            Requires = [Requirement.OtherProcess, Requirement.StopSignals, Requirement.ServerEnforcedLease, Requirement.Shared],
        },
        new(LockGuarantee.Waiting, "a writer that was killed while it waited does not hold up readers", KilledWriterHoldsNobodyUp)
        {
            Requires = [Requirement.OtherProcess, Requirement.Shared],
        },
    ];

    private static async Task ProcessesShareReadLocks(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var worker = await context.WorkerAsync().ConfigureAwait(false);
        var remote = await HoldAsync(context, worker, LockMode.Shared, int.MaxValue, Leases.Long).ConfigureAwait(false);
        var reader = await context.AtOnceAsync(ModeLock.Reader(locks), context.Key, "A reader should be granted a key that another process reads.").ConfigureAwait(false);
        await context.RefusedAsync(ModeLock.Writer(locks), context.Key, "A writer should be refused while another process reads.").ConfigureAwait(false);
        await reader.ReleaseAsync(context.Token).ConfigureAwait(false);
        await context.RefusedAsync(ModeLock.Writer(locks), context.Key, "A writer should be refused while another process reads.").ConfigureAwait(false);
        Expect.True(await remote.ReleaseAsync(context.Token).ConfigureAwait(false), "The release of a held lock should be true.");

        var writer = await context.AtOnceAsync(ModeLock.Writer(locks), context.Key, "A released key should be granted.").ConfigureAwait(false);
        Expect.Null(
            await worker.TryAcquireAsync(context.Key, LockMode.Shared, int.MaxValue, Leases.Long, context.Token).ConfigureAwait(false),
            "A reader should be refused beside a writer of another process.");
        await writer.ReleaseAsync(context.Token).ConfigureAwait(false);
    }

    private static async Task ProcessesSharePermits(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var worker = await context.WorkerAsync().ConfigureAwait(false);
        await HoldAsync(context, worker, LockMode.Counted, MaxCount, Leases.Long).ConfigureAwait(false);
        var permit = await context.AtOnceAsync(ModeLock.Permit(locks, MaxCount), context.Key, "A free permit should be granted.").ConfigureAwait(false);
        await context.RefusedAsync(ModeLock.Permit(locks, MaxCount), context.Key, "No more permits should be granted than allowed.").ConfigureAwait(false);
        Expect.Null(
            await worker.TryAcquireAsync(context.Key, LockMode.Counted, MaxCount, Leases.Long, context.Token).ConfigureAwait(false),
            "No more permits should be granted than allowed, to another process either.");
        await permit.ReleaseAsync(context.Token).ConfigureAwait(false);
        await HoldAsync(context, worker, LockMode.Counted, MaxCount, Leases.Long).ConfigureAwait(false);
    }

    private static async Task KilledReaderLeavesNothing(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var worker = await context.WorkerAsync().ConfigureAwait(false);
        await HoldAsync(context, worker, LockMode.Shared, int.MaxValue, Leases.Renewed(context.Renewed)).ConfigureAwait(false);
        var reader = await context.AtOnceAsync(ModeLock.Reader(locks), context.Key, "A reader should be granted a key that another process reads.").ConfigureAwait(false);
        await worker.KillAsync().ConfigureAwait(false);
        await context.PassAsync(context.Renewed).ConfigureAwait(false);
        Expect.True(reader.IsHeld, "A reader should keep its share when another dies.");
        await context.RefusedAsync(ModeLock.Writer(locks), context.Key, "A writer should be refused while a reader is left.").ConfigureAwait(false);
        Expect.True(await reader.ReleaseAsync(context.Token).ConfigureAwait(false), "The release of a held lock should be true.");
        await context.EventuallyAsync(ModeLock.Writer(locks), context.Key, "A killed reader's share should come back at its own time to live.").ConfigureAwait(false);
    }

    private static async Task KilledHolderLeavesItsPermit(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var worker = await context.WorkerAsync().ConfigureAwait(false);
        await HoldAsync(context, worker, LockMode.Counted, MaxCount, Leases.Renewed(context.Renewed)).ConfigureAwait(false);
        var permit = await context.AtOnceAsync(ModeLock.Permit(locks, MaxCount), context.Key, "A free permit should be granted.").ConfigureAwait(false);
        await worker.KillAsync().ConfigureAwait(false);
        var next = await context.EventuallyAsync(ModeLock.Permit(locks, MaxCount), context.Key, "A killed holder's permit should come back.").ConfigureAwait(false);
        Expect.True(permit.IsHeld && next.IsHeld, "Others should hold their permits.");
        await context.RefusedAsync(ModeLock.Permit(locks, MaxCount), context.Key, "No more permits should be granted than allowed.").ConfigureAwait(false);
    }

    private static async Task StoppedReaderLosesItsShare(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var worker = await context.WorkerAsync().ConfigureAwait(false);
        var remote = await HoldAsync(context, worker, LockMode.Shared, int.MaxValue, Leases.Renewed(context.Renewed)).ConfigureAwait(false);
        var reader = await context.AtOnceAsync(ModeLock.Reader(locks), context.Key, "A reader should be granted a key that another process reads.").ConfigureAwait(false);
        await worker.StopAsync().ConfigureAwait(false);
        await reader.ReleaseAsync(context.Token).ConfigureAwait(false);
        var writer = await context.EventuallyAsync(ModeLock.Writer(locks), context.Key, "A stopped reader's lease should lapse.").ConfigureAwait(false);

        worker.Continue();
        await context.WithinAsync(context.Patience, remote.Lost, "A reader that continues should learn that it lost its lock.").ConfigureAwait(false);
        Expect.False(await remote.ReleaseAsync(context.Token).ConfigureAwait(false), "Its release should be false.");
        Expect.True(writer.IsHeld, "The writer should keep the key.");
        await context.RefusedAsync(ModeLock.Reader(locks), context.Key, "A reader that continues should leave the writer its lock.").ConfigureAwait(false);
    }

    private static async Task KilledWriterHoldsNobodyUp(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var worker = await context.WorkerAsync().ConfigureAwait(false);
        await context.AtOnceAsync(ModeLock.Reader(locks), context.Key, "A free key should be granted.").ConfigureAwait(false);
        var remote = worker.TryAcquireAsync(
            context.Key, LockMode.Shared, limit: 1, Leases.Renewed(context.Renewed) with { WaitTimeout = Timeout.InfiniteTimeSpan }, context.Token);
        await context.PassAsync(TimeSpan.FromMilliseconds(200)).ConfigureAwait(false);
        Expect.False(remote.IsCompleted, "A writer of another process should wait for a reader.");
        await worker.KillAsync().ConfigureAwait(false);
        await Expect.ThrowsAsync<InvalidOperationException>(() => remote, "A killed worker should not answer.").ConfigureAwait(false);

        await context.EventuallyAsync(ModeLock.Reader(locks), context.Key, "A reader behind a writer that was killed should be served.").ConfigureAwait(false);
    }

    private static async Task<WorkerHandle> HoldAsync(FactContext context, LockWorkerProcess worker, LockMode mode, int limit, AcquireOptions options) =>
        Expect.NotNull(
            await worker.TryAcquireAsync(context.Key, mode, limit, options with { WaitTimeout = context.Patience }, context.Token).ConfigureAwait(false),
            "A free key should be granted to another process.");
}
