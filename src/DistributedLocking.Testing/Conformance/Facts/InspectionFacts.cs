namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>Who holds what: what the store tells is true, looking harms nobody, and a forced release is a loss.</summary>
internal static class InspectionFacts
{
    private static readonly Requirement[] Inspection = [Requirement.Inspection];

    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.Inspection, "who holds a key is found and listed while he does", HolderIsSeen) { Requires = Inspection },
        new(LockGuarantee.Inspection, "a list has the keys that begin so, of its own prefix, and no others", KeysAreApart) { Requires = Inspection },
        new(LockGuarantee.Inspection, "a key of any length and character is found", AnyKeyIsFound) { Requires = Inspection },
        new(LockGuarantee.Inspection, "who waits is counted and holds nothing", WaitersAreCounted) { Requires = Inspection },
        new(LockGuarantee.Inspection, "readers and writers are told apart", ReadersAndWritersAreSeen) { Requires = [Requirement.Inspection, Requirement.Shared] },
        new(LockGuarantee.Inspection, "each permit's holder is seen", PermitsAreSeen) { Requires = [Requirement.Inspection, Requirement.Counted] },
        new(LockGuarantee.Inspection, "nobody is refused a free key because somebody looks", LookingDisturbsNobody) { Requires = Inspection },
        new(LockGuarantee.Inspection, "a forced release makes the holder lose and lets the next in", ForcedReleaseIsALoss) { Requires = Inspection },
        new(LockGuarantee.Inspection, "a holder in another process is named", OtherProcessIsNamed) { Requires = [Requirement.Inspection, Requirement.OtherProcess] },
        new(LockGuarantee.Inspection, "a store that can't tell says so and who can", RefusalNamesOthers) { Requires = [Requirement.NoInspection] },
    ];

    private static async Task HolderIsSeen(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        IDistributedLockInspector inspector = await context.LockAsync().ConfigureAwait(false);
        Expect.Equal(0, (await inspector.FindAsync(context.Key, context.Token).ConfigureAwait(false)).Count, "The number of holders of a free key");
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        var found = await inspector.FindAsync(context.Key, context.Token).ConfigureAwait(false);
        Expect.Equal(1, found.Count, "The number of holders");
        var holder = found[0];
        Expect.Equal(context.Key, holder.Key, "The key");
        Expect.Equal(LockHolderKind.Lock, holder.Kind, "What is held");
        Expect.Equal(handle.OwnerId, holder.OwnerId ?? handle.OwnerId, "The owner");
        if (holder.OwnerId is not null)
        {
            Expect.Equal(Environment.MachineName, holder.Machine, "The machine");
            Expect.Equal(Environment.ProcessId, holder.ProcessId, "The process");
        }

        // Where several are reserved for the holder's process, it is the last of them.
        Expect.AtLeast(handle.FencingToken, holder.FencingToken ?? handle.FencingToken, "The token");
        Expect.AtMost(Leases.Far + TimeSpan.FromSeconds(1), holder.TimeLeft ?? TimeSpan.Zero, "The time left");
        Expect.AtLeast(Leases.Far / 2, holder.TimeLeft ?? Leases.Far, "The time left");
        Expect.AtMost(TimeSpan.FromMinutes(2), (TimeProvider.System.GetUtcNow() - holder.Since)?.Duration() ?? TimeSpan.Zero, "How long it has been held");
        var listed = await ListAsync(context, inspector, context.Key).ConfigureAwait(false);
        Expect.Equal(1, listed.Count, "The number of entries in the list");
        Expect.Equal(holder.OwnerId, listed[0].OwnerId, "The owner in the list");
        await handle.ReleaseAsync(context.Token).ConfigureAwait(false);
        Expect.Equal(0, (await inspector.FindAsync(context.Key, context.Token).ConfigureAwait(false)).Count, "The number of holders after the release");
        Expect.Equal(0, (await ListAsync(context, inspector, context.Key).ConfigureAwait(false)).Count, "The number of entries after the release");
    }

    private static async Task KeysAreApart(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var others = await context.LockAsync(configure: options => options.KeyPrefix += "other:").ConfigureAwait(false);
        string[] keys = [context.Key + ":a:1", context.Key + ":a:2", context.Key + ":A:3", context.Key + "*", context.Key + "[ab]:?", context.Key + "\\"];
        foreach (var key in keys)
        {
            await context.AtOnceAsync(locks, key, "A free key should be granted.").ConfigureAwait(false);
        }

        await context.AtOnceAsync(others, context.Key + ":a:4", "A free key should be granted.").ConfigureAwait(false);
        await IsListedAsync(context.Key, keys).ConfigureAwait(false);
        await IsListedAsync(context.Key + ":a:", keys[..2]).ConfigureAwait(false);
        await IsListedAsync(context.Key + "*", keys[3]).ConfigureAwait(false);
        await IsListedAsync(context.Key + "[", keys[4]).ConfigureAwait(false);
        await IsListedAsync(context.Key + "\\", keys[5]).ConfigureAwait(false);
        await IsListedAsync(context.Key + ":b").ConfigureAwait(false);
        var inspector = (IDistributedLockInspector)locks;
        Expect.Equal(0, (await inspector.FindAsync(context.Key + ":a:", context.Token).ConfigureAwait(false)).Count, "The number of holders of the beginning of a key");
        Expect.Equal(0, (await inspector.FindAsync(context.Key + ":a:4", context.Token).ConfigureAwait(false)).Count, "The number of holders of another prefix's key");

        async Task IsListedAsync(string prefix, params string[] expected)
        {
            var listed = (await ListAsync(context, locks, prefix).ConfigureAwait(false)).ConvertAll(holder => holder.Key);
            listed.Sort(StringComparer.Ordinal);
            Expect.Equal(string.Join('\n', expected.Order(StringComparer.Ordinal)), string.Join('\n', listed), $"The list for '{prefix}'");
        }
    }

    private static async Task AnyKeyIsFound(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        foreach (var end in (string[])["/" + new string('x', 600), "\n\0 ", "é\u0301 🔒", "{}:%20"])
        {
            var key = context.Key + end;
            await context.AtOnceAsync(locks, key, "A free key should be granted.").ConfigureAwait(false);
            var found = await ((IDistributedLockInspector)locks).FindAsync(key, context.Token).ConfigureAwait(false);
            Expect.Equal(1, found.Count, "The number of holders");
            Expect.Equal(key, found[0].Key, "The key");
        }
    }

    private static async Task WaitersAreCounted(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var others = await context.LockAsync().ConfigureAwait(false);
        IDistributedLockInspector inspector = await context.LockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        var waiter = others.AcquireAsync(context.Key, Leases.LongWait, context.Token).AsTask();
        await context.UntilAsync(
            async () => await FindAsync().ConfigureAwait(false) is [{ Waiting: null or 1 } holder] && IsOf(holder, handle),
            "Who waits should be counted beside the one that holds.").ConfigureAwait(false);
        await handle.ReleaseAsync(context.Token).ConfigureAwait(false);
        var next = await waiter.ConfigureAwait(false);
        await context.UntilAsync(
            async () => await FindAsync().ConfigureAwait(false) is [{ Waiting: null or 0 } holder] && IsOf(holder, next),
            "Who has waited should be seen to hold, with nobody waiting.").ConfigureAwait(false);

        ValueTask<IReadOnlyList<LockHolder>> FindAsync() => inspector.FindAsync(context.Key, context.Token);
    }

    private static bool IsOf(LockHolder holder, IDistributedLockHandle handle) => string.Equals(holder.OwnerId ?? handle.OwnerId, handle.OwnerId, StringComparison.Ordinal);

    private static async Task ReadersAndWritersAreSeen(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var others = await context.LockAsync().ConfigureAwait(false);
        var first = await context.AtOnceAsync(ModeLock.Reader(locks), context.Key, "A reader should be granted a free key.").ConfigureAwait(false);
        var second = await context.AtOnceAsync(ModeLock.Reader(others), context.Key, "A reader should be granted a key that readers hold.").ConfigureAwait(false);
        await HaveKindsAsync(LockHolderKind.Reader, LockHolderKind.Reader).ConfigureAwait(false);
        await first.ReleaseAsync(context.Token).ConfigureAwait(false);
        await HaveKindsAsync(LockHolderKind.Reader).ConfigureAwait(false);
        await second.ReleaseAsync(context.Token).ConfigureAwait(false);
        await context.AtOnceAsync(ModeLock.Writer(locks), context.Key, "A writer should be granted a free key.").ConfigureAwait(false);
        await HaveKindsAsync(LockHolderKind.Writer).ConfigureAwait(false);
        await context.AtOnceAsync(locks, context.Key, "The lock of a key should be granted beside its writer.").ConfigureAwait(false);
        await HaveKindsAsync(LockHolderKind.Lock, LockHolderKind.Writer).ConfigureAwait(false);

        Task HaveKindsAsync(params LockHolderKind[] kinds) => HaveKindsOfAsync(context, others, kinds);
    }

    private static async Task PermitsAreSeen(FactContext context)
    {
        const int Count = 3;
        var locks = await context.LockAsync().ConfigureAwait(false);
        var others = await context.LockAsync().ConfigureAwait(false);
        List<IDistributedLockHandle> permits = [];
        foreach (var semaphore in (DistributedLock[])[locks, others, locks])
        {
            permits.Add(await context.AtOnceAsync(ModeLock.Permit(semaphore, Count), context.Key, "A free permit should be granted.").ConfigureAwait(false));
        }

        await HaveKindsOfAsync(context, others, LockHolderKind.Permit, LockHolderKind.Permit, LockHolderKind.Permit).ConfigureAwait(false);
        var waiter = ModeLock.Permit(others, Count).AcquireAsync(context.Key, Leases.LongWait, context.Token).AsTask();
        await permits[0].ReleaseAsync(context.Token).ConfigureAwait(false);
        await waiter.ConfigureAwait(false);
        await HaveKindsOfAsync(context, others, LockHolderKind.Permit, LockHolderKind.Permit, LockHolderKind.Permit).ConfigureAwait(false);
        await permits[1].ReleaseAsync(context.Token).ConfigureAwait(false);
        await HaveKindsOfAsync(context, others, LockHolderKind.Permit, LockHolderKind.Permit).ConfigureAwait(false);
    }

    private static async Task LookingDisturbsNobody(FactContext context)
    {
        const int Times = 40;
        var looks = 0;
        var locks = await context.LockAsync().ConfigureAwait(false);
        IDistributedLockInspector inspector = await context.LockAsync().ConfigureAwait(false);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.Token);
        var looking = Task.Run(LookAsync, context.Token);
        for (var i = 0; i < Times || Volatile.Read(ref looks) < Times; i++)
        {
            var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted while somebody looks.").ConfigureAwait(false);
            Expect.True(await handle.ReleaseAsync(context.Token).ConfigureAwait(false), "A lock should be held to its release while somebody looks.");
        }

        await end.CancelAsync().ConfigureAwait(false);
        await looking.ConfigureAwait(false);

        async Task LookAsync()
        {
            for (; !end.IsCancellationRequested; Interlocked.Increment(ref looks))
            {
                await inspector.FindAsync(context.Key, context.Token).ConfigureAwait(false);
                await ListAsync(context, inspector, context.Key).ConfigureAwait(false);
            }
        }
    }

    private static async Task ForcedReleaseIsALoss(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var others = await context.LockAsync().ConfigureAwait(false);
        IDistributedLockInspector inspector = await context.LockAsync().ConfigureAwait(false);
        Expect.Equal(0, await inspector.ForceReleaseAsync(context.Key, context.Token).ConfigureAwait(false), "The number of holders of a free key");
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.", Leases.Renewed(context.Renewed)).ConfigureAwait(false);
        var waiter = others.AcquireAsync(context.Key, Leases.LongWait, context.Token).AsTask();
        Expect.Equal(1, await inspector.ForceReleaseAsync(context.Key, context.Token).ConfigureAwait(false), "The number of holders it was taken from");
        var next = await context.WithinAsync(context.Patience, waiter, "Who waits should get what was taken away.").ConfigureAwait(false);
        await context.UntilAsync(() => handle.LostToken.IsCancellationRequested, "The holder's next renewal should say that the lock is lost.").ConfigureAwait(false);
        Expect.True(next.IsHeld, "The next holder should keep the lock.");
        Expect.True(next.FencingToken > handle.FencingToken, "The next holder's token should be larger.");
        Expect.False(await handle.ReleaseAsync(context.Token).ConfigureAwait(false), "The release of a lost lock should be false.");
    }

    private static async Task OtherProcessIsNamed(FactContext context)
    {
        IDistributedLockInspector inspector = await context.LockAsync().ConfigureAwait(false);
        var worker = await context.WorkerAsync().ConfigureAwait(false);
        Expect.NotNull(await worker.TryAcquireAsync(context.Key, Leases.Long, context.Token).ConfigureAwait(false), "A free key should be granted.");
        var found = await inspector.FindAsync(context.Key, context.Token).ConfigureAwait(false);
        Expect.Equal(1, found.Count, "The number of holders");
        Expect.False(found[0].ProcessId == Environment.ProcessId, "The holder should not be this process.");
        Expect.True(found[0].ProcessId is not null || found[0].Session is not null, "The holder's process or its session should be known.");
    }

    private static async Task RefusalNamesOthers(FactContext context)
    {
        IDistributedLockInspector inspector = await context.LockAsync().ConfigureAwait(false);
        var refusal = await Expect.ThrowsAsync<NotSupportedException>(
            () => inspector.FindAsync(context.Key, context.Token).AsTask(), "A store that can't tell who holds a key should say so.").ConfigureAwait(false);
        Expect.True(refusal.Message.Contains("These can:", StringComparison.Ordinal), "The refusal should name who can.");
    }

    private static async Task HaveKindsOfAsync(FactContext context, IDistributedLockInspector inspector, params LockHolderKind[] kinds)
    {
        var found = (await inspector.FindAsync(context.Key, context.Token).ConfigureAwait(false)).Select(holder => holder.Kind).Order();
        Expect.Equal(string.Join(", ", kinds), string.Join(", ", found), "What is held");
        var listed = (await ListAsync(context, inspector, context.Key).ConfigureAwait(false)).Select(holder => holder.Kind).Order();
        Expect.Equal(string.Join(", ", kinds), string.Join(", ", listed), "What is listed");
    }

    private static async Task<List<LockHolder>> ListAsync(FactContext context, IDistributedLockInspector inspector, string prefix)
    {
        List<LockHolder> holders = [];
        await foreach (var holder in inspector.ListAsync(prefix, context.Token).ConfigureAwait(false))
        {
            holders.Add(holder);
        }

        return holders;
    }
}
