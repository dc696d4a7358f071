using DistributedLocking.Providers;
using DistributedLocking.Testing.Conformance.Probes;

namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>Reader-writer locks: readers together or one writer, each with a lease and a token of its own.</summary>
internal static class SharedFacts
{
    private static readonly Requirement[] Shared = [Requirement.Shared];

    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.Exclusion, "readers hold a key together, and a writer alone", ReadersShareAndWritersDoNot) { Requires = Shared },
        new(LockGuarantee.Exclusion, "readers and writers of several instances never meet", NoReaderBesideAWriter) { Requires = Shared },
        new(LockGuarantee.Release, "the release of one reader leaves the others theirs", ReaderReleasesItsOwn) { Requires = Shared },
        new(LockGuarantee.Lease, "a reader whose lease lapses learns of it, and harms no other", LapsedReaderHarmsNoOther)
        {
            Requires = [Requirement.Shared, Requirement.ServerEnforcedLease],
        },
        new(LockGuarantee.Lease, "a dead reader's share comes back at its time to live, however long others renew", DeadReaderLapsesAlone)
        {
            Requires = [Requirement.Shared, Requirement.ServerEnforcedLease],
        },
        new(LockGuarantee.Fencing, "a reader's token is above all earlier writers' and below all later ones'", ReadersTokensAreBetweenTheWriters)
        {
            Requires = [Requirement.Shared, Requirement.Fencing],
        },
    ];

    private static async Task ReadersShareAndWritersDoNot(FactContext context)
    {
        var first = await context.LockAsync().ConfigureAwait(false);
        var second = await context.LockAsync().ConfigureAwait(false);
        List<IDistributedLockHandle> readers = [];
        foreach (var locks in (DistributedLock[])[first, second, first])
        {
            readers.Add(await context.AtOnceAsync(ModeLock.Reader(locks), context.Key, "A reader should be granted a key that readers hold.").ConfigureAwait(false));
        }

        Expect.True(readers.TrueForAll(reader => reader.IsHeld), "Readers should hold a key together.");
        Expect.Equal(readers.Count, readers.Select(reader => reader.OwnerId).Distinct(StringComparer.Ordinal).Count(), "The number of owners");
        await context.RefusedAsync(ModeLock.Writer(second), context.Key, "A writer should be refused while readers hold the key.").ConfigureAwait(false);
        await context.RefusedAsync(ModeLock.Writer(first), context.Key, "A writer should be refused while readers hold the key.").ConfigureAwait(false);
        foreach (var reader in readers)
        {
            Expect.True(await reader.ReleaseAsync(context.Token).ConfigureAwait(false), "The release of a held lock should be true.");
        }

        var writer = await context.AtOnceAsync(ModeLock.Writer(second), context.Key, "A writer should be granted a free key.").ConfigureAwait(false);
        await context.RefusedAsync(ModeLock.Reader(first), context.Key, "A reader should be refused beside a writer.").ConfigureAwait(false);
        await context.RefusedAsync(ModeLock.Writer(first), context.Key, "A writer should be refused beside another.").ConfigureAwait(false);
        await context.RefusedAsync(ModeLock.Reader(second), context.Key, "A reader should be refused beside a writer of its own instance.").ConfigureAwait(false);
        await writer.ReleaseAsync(context.Token).ConfigureAwait(false);
        await context.AtOnceAsync(ModeLock.Reader(first), context.Key, "A reader should be granted a free key.").ConfigureAwait(false);
    }

    private static async Task NoReaderBesideAWriter(FactContext context)
    {
        const int Times = 10;
        var room = new UnprotectedRoom(int.MaxValue);
        List<Task> running = [];
        for (var i = 0; i < 3; i++)
        {
            var locks = await context.LockAsync().ConfigureAwait(false);
            running.Add(Task.Run(() => room.RunAsync(ModeLock.Writer(locks), context.Key, isWriter: true, Times, context.Token)));
            running.AddRange(Enumerable.Range(0, 2).Select(_ => Task.Run(() => room.RunAsync(ModeLock.Reader(locks), context.Key, isWriter: false, Times, context.Token))));
        }

        await Task.WhenAll(running).ConfigureAwait(false);
        room.Verify();
        Expect.Equal(running.Count * Times, room.Visits, "The number of visits");
    }

    private static async Task ReaderReleasesItsOwn(FactContext context)
    {
        var first = await context.LockAsync().ConfigureAwait(false);
        var second = await context.LockAsync().ConfigureAwait(false);
        var leaving = await context.AtOnceAsync(ModeLock.Reader(first), context.Key, "A free key should be granted.").ConfigureAwait(false);
        var staying = await context.AtOnceAsync(ModeLock.Reader(second), context.Key, "A reader should be granted a key that readers hold.").ConfigureAwait(false);
        Expect.True(await leaving.ReleaseAsync(context.Token).ConfigureAwait(false), "The release of a held lock should be true.");
        Expect.False(await leaving.ReleaseAsync(context.Token).ConfigureAwait(false), "A second release should be false.");
        await context.RefusedAsync(ModeLock.Writer(first), context.Key, "A writer should be refused while a reader is left.").ConfigureAwait(false);
        await staying.ExtendAsync(cancellationToken: context.Token).ConfigureAwait(false);
        Expect.True(staying.IsHeld, "A reader should hold the key still after another left.");
    }

    private static async Task LapsedReaderHarmsNoOther(FactContext context)
    {
        var first = await context.LockAsync().ConfigureAwait(false);
        var second = await context.LockAsync().ConfigureAwait(false);
        var staying = await context.AtOnceAsync(ModeLock.Reader(second), context.Key, "A free key should be granted.").ConfigureAwait(false);
        var lapsing = await context.AtOnceAsync(
            ModeLock.Reader(first), context.Key, "A reader should be granted a key that readers hold.", Leases.Fixed(context.Lapsing)).ConfigureAwait(false);
        var lost = lapsing.LostToken;
        await context.UntilAsync(() => lost.IsCancellationRequested, "A reader whose lease lapsed should learn of it.").ConfigureAwait(false);
        Expect.False(lapsing.IsHeld, "A reader whose lease lapsed should not hold the key.");
        Expect.False(await lapsing.ReleaseAsync(context.Token).ConfigureAwait(false), "Its release should be false.");

        Expect.True(staying.IsHeld && !staying.LostToken.IsCancellationRequested, "The other reader should hold the key still.");
        await staying.ExtendAsync(cancellationToken: context.Token).ConfigureAwait(false);
        await context.RefusedAsync(ModeLock.Writer(first), context.Key, "A writer should be refused while a reader is left.").ConfigureAwait(false);
    }

    private static async Task DeadReaderLapsesAlone(FactContext context)
    {
        var provider = await context.ProviderAsync().ConfigureAwait(false);
        await context.HoldDeadAsync(provider, LockMode.Shared, int.MaxValue).ConfigureAwait(false);
        var locks = await context.LockAsync().ConfigureAwait(false);
        var alive = await context.AtOnceAsync(ModeLock.Reader(locks), context.Key, "A reader should be granted a key that readers hold.").ConfigureAwait(false);
        await alive.ExtendAsync(cancellationToken: context.Token).ConfigureAwait(false);
        await context.PassAsync(context.Lapsing).ConfigureAwait(false);

        await alive.ReleaseAsync(context.Token).ConfigureAwait(false);
        await context.EventuallyAsync(ModeLock.Writer(locks), context.Key, "A dead reader's lease should lapse at its own time to live.").ConfigureAwait(false);
    }

    private static async Task ReadersTokensAreBetweenTheWriters(FactContext context)
    {
        var first = await context.LockAsync().ConfigureAwait(false);
        var second = await context.LockAsync().ConfigureAwait(false);
        List<long> tokens = [];
        for (var i = 0; i < 3; i++)
        {
            var writer = await context.AtOnceAsync(ModeLock.Writer(first), context.Key, "A writer should be granted a free key.").ConfigureAwait(false);
            tokens.Add(writer.FencingToken);
            await writer.ReleaseAsync(context.Token).ConfigureAwait(false);
            var one = await context.AtOnceAsync(ModeLock.Reader(first), context.Key, "A reader should be granted a free key.").ConfigureAwait(false);
            var two = await context.AtOnceAsync(ModeLock.Reader(second), context.Key, "A reader should be granted a key that readers hold.").ConfigureAwait(false);
            Expect.False(one.FencingToken == two.FencingToken, "Each reader should have a token of its own.");

            // Among readers there is no order.
            tokens.AddRange(new[] { one.FencingToken, two.FencingToken }.Order());
            await one.ReleaseAsync(context.Token).ConfigureAwait(false);
            await two.ReleaseAsync(context.Token).ConfigureAwait(false);
        }

        Expect.Rising(tokens);
    }
}
