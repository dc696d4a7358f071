namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>
/// Another process is stopped for longer than its lease and then continued, while it holds a lock or waits for one.
/// </summary>
internal static class StoppedProcessFacts
{
    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.Lease, "a holder that is stopped for longer than its lease loses the lock, and learns of it", StoppedHolderLosesTheLock)
        {
            Requires = [Requirement.OtherProcess, Requirement.StopSignals, Requirement.ServerEnforcedLease],
        },
        new(LockGuarantee.Lease, "a holder that is stopped keeps the key until it continues, and then learns of its loss", StoppedHolderKeepsTheKey)
        {
            Requires = [Requirement.OtherProcess, Requirement.StopSignals, Requirement.NoServerEnforcedLease],
        },
        new(LockGuarantee.Renewal, "a holder that is stopped for less than its lease keeps the lock", ShortStopDoesNoHarm)
        {
            Requires = [Requirement.OtherProcess, Requirement.StopSignals],
        },
        new(LockGuarantee.Waiting, "a waiter that is stopped does not hold up the others", StoppedWaiterHoldsNobodyUp)
        {
            Requires = [Requirement.OtherProcess, Requirement.StopSignals],
        },
    ];

    private static async Task StoppedHolderLosesTheLock(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var worker = await context.WorkerAsync().ConfigureAwait(false);
        var remote = await ProcessFacts.HoldAsync(context, worker, Leases.Renewed(context.Renewed)).ConfigureAwait(false);
        await worker.StopAsync().ConfigureAwait(false);
        var stopped = Stopwatch.Start();
        var next = await context.EventuallyAsync(locks, context.Key, "A stopped holder's lease should lapse.").ConfigureAwait(false);
        Expect.AtMost(context.Renewed + TimeSpan.FromSeconds(3), stopped.Elapsed, "The time until a stopped holder's key was free");
        var rest = (2 * context.Renewed) - stopped.Elapsed;
        await context.PassAsync(rest > TimeSpan.Zero ? rest : TimeSpan.Zero).ConfigureAwait(false);

        worker.Continue();
        var status = await remote.GetStatusAsync(context.Token).ConfigureAwait(false);
        Expect.False(status.IsHeld, "A lock whose lease lapsed while its holder was stopped should not be held when it continues.");
        Expect.Equal(TimeSpan.Zero, status.RemainingTime, "Its remaining time");
        await context.WithinAsync(context.Patience, remote.Lost, "A holder that continues should learn that it lost its lock.").ConfigureAwait(false);
        Expect.False(await remote.ReleaseAsync(context.Token).ConfigureAwait(false), "The release by a holder that lost its lock should be false.");
        if (Requirement.Fencing.Check(context.Fixture) is null)
        {
            Expect.Rising([remote.FencingToken, next.FencingToken]);
        }

        Expect.True(next.IsHeld, "The next holder should keep the lock.");
        await context.RefusedAsync(locks, context.Key, "A holder that continues should leave the next holder's lock.").ConfigureAwait(false);
        Expect.True(await next.ReleaseAsync(context.Token).ConfigureAwait(false), "The release of a held lock should be true.");
    }

    private static async Task StoppedHolderKeepsTheKey(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var worker = await context.WorkerAsync().ConfigureAwait(false);
        var remote = await ProcessFacts.HoldAsync(context, worker, Leases.Renewed(context.Renewed)).ConfigureAwait(false);
        await worker.StopAsync().ConfigureAwait(false);
        await context.PassAsync(2 * context.Renewed).ConfigureAwait(false);
        await context.RefusedAsync(locks, context.Key, "A store without leases of its own should leave a stopped holder the key.").ConfigureAwait(false);

        worker.Continue();
        var status = await remote.GetStatusAsync(context.Token).ConfigureAwait(false);
        Expect.False(status.IsHeld, "A lock whose lease lapsed while its holder was stopped should not be held when it continues.");
        await context.WithinAsync(context.Patience, remote.Lost, "A holder that continues should learn that it lost its lock.").ConfigureAwait(false);
        Expect.False(await remote.ReleaseAsync(context.Token).ConfigureAwait(false), "The release by a holder that lost its lock should be false.");
        await context.EventuallyAsync(locks, context.Key, "A key whose holder lost it should become free.").ConfigureAwait(false);
    }

    private static async Task ShortStopDoesNoHarm(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var worker = await context.WorkerAsync().ConfigureAwait(false);
        var remote = await ProcessFacts.HoldAsync(context, worker, Leases.Long).ConfigureAwait(false);
        await worker.StopAsync().ConfigureAwait(false);
        await context.PassAsync(TimeSpan.FromMilliseconds(300)).ConfigureAwait(false);
        await context.RefusedAsync(locks, context.Key, "A stopped holder should keep the key while its lease lasts.").ConfigureAwait(false);
        worker.Continue();
        var status = await remote.GetStatusAsync(context.Token).ConfigureAwait(false);
        Expect.True(status.IsHeld && !status.IsLost, "A lock whose lease outlasted the stop should be held.");
        Expect.True(await remote.ReleaseAsync(context.Token).ConfigureAwait(false), "The release of a held lock should be true.");
    }

    private static async Task StoppedWaiterHoldsNobodyUp(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var worker = await context.WorkerAsync().ConfigureAwait(false);
        var (holder, remote, waiter) = await ProcessFacts.QueueAsync(context, locks, worker).ConfigureAwait(false);
        await worker.StopAsync().ConfigureAwait(false);
        await holder.ReleaseAsync(context.Token).ConfigureAwait(false);
        var next = await context.WithinAsync(context.Patience, waiter, "A waiter behind one that is stopped should be served.").ConfigureAwait(false);

        worker.Continue();
        await next.ReleaseAsync(context.Token).ConfigureAwait(false);
        var late = await context.WithinAsync(context.Patience, remote, "A waiter that continues should be served.").ConfigureAwait(false);
        Expect.NotNull(late, "A waiter that continues should be served.");
    }
}
