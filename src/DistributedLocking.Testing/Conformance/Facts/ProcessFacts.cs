using System.Globalization;
using DistributedLocking.Testing.Conformance.Workers;

namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>
/// The guarantees across processes, and a process that is killed. A process that is stopped:
/// <see cref="StoppedProcessFacts"/>.
/// </summary>
internal static class ProcessFacts
{
    private static readonly Requirement[] OtherProcess = [Requirement.OtherProcess];

    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.Exclusion, "processes exclude each other", ProcessesExcludeEachOther) { Requires = OtherProcess },
        new(LockGuarantee.Fencing, "tokens rise across processes", TokensRiseAcrossProcesses) { Requires = [Requirement.OtherProcess, Requirement.Fencing] },
        new(LockGuarantee.Waiting, "a release wakes a waiter of another process at once", ReleaseWakesAnotherProcess)
        {
            Requires = [Requirement.OtherProcess, Requirement.Notification],
        },
        new(LockGuarantee.Lease, "a key whose holder was killed becomes free", KilledHolderLeavesNothing) { Requires = OtherProcess },
        new(LockGuarantee.Waiting, "a waiter that was killed does not hold up the others", KilledWaiterHoldsNobodyUp) { Requires = OtherProcess },
        new(LockGuarantee.Shutdown, "a process that ends in order releases what it holds", EndOfAProcessReleases) { Requires = OtherProcess },
    ];

    private static async Task ProcessesExcludeEachOther(FactContext context)
    {
        const int Times = 15;
        var file = Path.Combine(Path.GetTempPath(), $"distributed-locking-{context.Run}");
        try
        {
            var locks = await context.LockAsync().ConfigureAwait(false);
            var workers = await Task.WhenAll(context.WorkerAsync(), context.WorkerAsync()).ConfigureAwait(false);
            List<Task<int>> counts = [.. workers.Select(worker => worker.CountAsync(context.Key, file, Times, context.Token))];
            counts.Add(CountedFile.CountAsync(locks, context.Key, file, Times, context.Token));
            var violations = await Task.WhenAll(counts).ConfigureAwait(false);
            var (count, _) = await CountedFile.ReadAsync(file, context.Token).ConfigureAwait(false);
            Expect.Equal(counts.Count * Times, count, "The counter under the lock");
            if (Requirement.Fencing.Check(context.Fixture) is null)
            {
                Expect.Equal(0, violations.Sum(), "The number of tokens that did not rise from turn to turn");
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task TokensRiseAcrossProcesses(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var worker = await context.WorkerAsync().ConfigureAwait(false);
        List<long> tokens = [];
        for (var i = 0; i < 5; i++)
        {
            var handle = await context.AtOnceAsync(locks, context.Key, "A released key should be granted.").ConfigureAwait(false);
            tokens.Add(handle.FencingToken);
            await handle.ReleaseAsync(context.Token).ConfigureAwait(false);
            var remote = await HoldAsync(context, worker, Leases.Long).ConfigureAwait(false);
            tokens.Add(remote.FencingToken);
            Expect.True(await remote.ReleaseAsync(context.Token).ConfigureAwait(false), "The release of a held lock should be true.");
        }

        Expect.Rising(tokens);
    }

    private static async Task ReleaseWakesAnotherProcess(FactContext context)
    {
        const int Rounds = 5;
        var locks = await context.LockAsync(configure: options => options.Retry = RetryPolicy.Fixed(TimeSpan.FromSeconds(20), 10)).ConfigureAwait(false);
        var worker = await context.WorkerAsync().ConfigureAwait(false);
        List<TimeSpan> latencies = [], slowness = [];
        for (var round = 0; round < Rounds; round++)
        {
            var remote = await HoldAsync(context, worker, Leases.Long).ConfigureAwait(false);
            var waiter = locks.AcquireAsync(context.Key, Leases.LongWait, context.Token).AsTask();

            // A different fraction of a second each time, so that polls once a second could not be in time by chance
            // each time.
            await context.PassAsync(TimeSpan.FromMilliseconds(100 + (round * 130))).ConfigureAwait(false);
            var exchange = Stopwatch.Start();
            await worker.PingAsync(context.Token).ConfigureAwait(false);
            slowness.Add(exchange.Elapsed);
            var latency = Stopwatch.Start();
            await remote.ReleaseAsync(context.Token).ConfigureAwait(false);
            var handle = await context.WithinAsync(context.Patience, waiter, "A waiter should get a released key.").ConfigureAwait(false);
            latencies.Add(latency.Elapsed);
            await handle.ReleaseAsync(context.Token).ConfigureAwait(false);
        }

        // What the machine takes for an exchange with the worker is not the lock's fault, and there are two or three of
        // them.
        var atOnce = TimeSpan.FromMilliseconds(300) + (3 * slowness.Max());
        var late = latencies.Count(latency => latency > atOnce);
        Expect.AtMost(1, late, $"The number of waiters that were not woken at once ({Describe(latencies)})");
    }

    private static async Task KilledHolderLeavesNothing(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var worker = await context.WorkerAsync().ConfigureAwait(false);

        // Where the store doesn't end leases it must notice the end of the process, however long the lease.
        var timeToLive = context.IsServerEnforced ? context.Renewed : Leases.Far;
        await HoldAsync(context, worker, Leases.Renewed(timeToLive)).ConfigureAwait(false);
        await context.RefusedAsync(locks, context.Key, "A key that another process holds should be refused.").ConfigureAwait(false);
        await worker.KillAsync().ConfigureAwait(false);
        var killed = Stopwatch.Start();
        await context.EventuallyAsync(locks, context.Key, "A key whose holder was killed should become free.").ConfigureAwait(false);
        Expect.AtMost(
            (context.IsServerEnforced ? timeToLive : TimeSpan.Zero) + TimeSpan.FromSeconds(3), killed.Elapsed, "The time until a killed holder's key was free");
    }

    private static async Task KilledWaiterHoldsNobodyUp(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var worker = await context.WorkerAsync().ConfigureAwait(false);
        var (holder, remote, waiter) = await QueueAsync(context, locks, worker).ConfigureAwait(false);
        await worker.KillAsync().ConfigureAwait(false);
        await Expect.ThrowsAsync<InvalidOperationException>(() => remote, "A killed worker should not answer.").ConfigureAwait(false);
        await holder.ReleaseAsync(context.Token).ConfigureAwait(false);
        await context.WithinAsync(context.Patience, waiter, "A waiter behind one that was killed should be served.").ConfigureAwait(false);
    }

    private static async Task EndOfAProcessReleases(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var worker = await context.WorkerAsync().ConfigureAwait(false);
        await HoldAsync(context, worker, Leases.Long).ConfigureAwait(false);
        await context.WithinAsync(context.Patience, worker.ShutDownAsync(context.Token), "A worker without input should end.").ConfigureAwait(false);
        await context.AtOnceAsync(locks, context.Key, "A key whose holder ended in order should be free at once.").ConfigureAwait(false);
    }

    internal static async Task<WorkerHandle> HoldAsync(FactContext context, LockWorkerProcess worker, AcquireOptions options) =>
        Expect.NotNull(
            await worker.TryAcquireAsync(context.Key, options with { WaitTimeout = context.Patience }, context.Token).ConfigureAwait(false),
            "A free key should be granted to another process.");

    /// <summary>A holder here, a waiter in the other process, and behind it one here.</summary>
    internal static async Task<(IDistributedLockHandle Holder, Task<WorkerHandle?> Remote, Task<IDistributedLockHandle> Waiter)> QueueAsync(
        FactContext context, IDistributedLock locks, LockWorkerProcess worker)
    {
        var holder = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        var remote = worker.TryAcquireAsync(context.Key, Leases.Renewed(context.Renewed) with { WaitTimeout = Timeout.InfiniteTimeSpan }, context.Token);
        await context.PassAsync(TimeSpan.FromMilliseconds(200)).ConfigureAwait(false);
        Expect.False(remote.IsCompleted, "A waiter of another process should wait for a held key.");
        return (holder, remote, locks.AcquireAsync(context.Key, Leases.LongWait, context.Token).AsTask());
    }

    private static string Describe(IEnumerable<TimeSpan> latencies) =>
        string.Join(", ", latencies.Select(latency => latency.TotalMilliseconds.ToString("0 ms", CultureInfo.InvariantCulture)));
}
