namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>Waiting for reader-writer locks: readers are woken together, and nobody starves.</summary>
internal static class SharedWaitingFacts
{
    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.Waiting, "readers that wait for a writer are served together", ReadersAreWokenTogether) { Requires = [Requirement.Shared] },
        new(LockGuarantee.Waiting, "a writer is served among readers that leave no gap", WriterIsServedAmongGreedyReaders) { Requires = [Requirement.Shared] },
        new(LockGuarantee.Waiting, "readers and writers of several instances are served first come, first served", ReadersAndWritersTakeTurns)
        {
            Requires = [Requirement.Shared, Requirement.Queue],
        },
    ];

    private static async Task ReadersAreWokenTogether(FactContext context)
    {
        const int Readers = 3;
        var locks = await context.LockAsync().ConfigureAwait(false);
        var others = await context.LockAsync().ConfigureAwait(false);
        var writer = await context.AtOnceAsync(ModeLock.Writer(locks), context.Key, "A free key should be granted.").ConfigureAwait(false);
        var waiting = new[] { locks, others }
            .SelectMany(instance => Enumerable.Range(0, Readers).Select(_ => ModeLock.Reader(instance).AcquireAsync(context.Key, Leases.LongWait, context.Token).AsTask()))
            .ToArray();
        await context.PassAsync(TimeSpan.FromMilliseconds(50)).ConfigureAwait(false);
        Expect.False(Array.Exists(waiting, reader => reader.IsCompleted), "Readers should wait for a writer.");
        await writer.ReleaseAsync(context.Token).ConfigureAwait(false);

        // None leaves before all are there.
        var held = await context.WithinAsync(context.Patience, Task.WhenAll(waiting), "Readers that waited should be served together.").ConfigureAwait(false);
        Expect.True(Array.TrueForAll(held, reader => reader.IsHeld), "Readers should hold a key together.");
    }

    private static async Task WriterIsServedAmongGreedyReaders(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var others = await context.LockAsync().ConfigureAwait(false);

        // Readers of the writer's own instance would wait behind it there, whatever the store does.
        var writers = await context.LockAsync().ConfigureAwait(false);
        var reader = await context.AtOnceAsync(ModeLock.Reader(locks), context.Key, "A free key should be granted.").ConfigureAwait(false);
        var writing = ModeLock.Writer(writers).AcquireAsync(context.Key, Leases.LongWait, context.Token).AsTask();
        var started = Stopwatch.Start();
        for (var i = 0; !writing.IsCompleted; i++)
        {
            Expect.True(started.Elapsed < context.Patience, $"A writer should be served among readers. It was not within {context.Patience}.");

            // The next reader comes before the last one leaves, as long as it is let in.
            var next = await ModeLock.Reader(i % 2 == 0 ? others : locks).TryAcquireAsync(context.Key, Leases.Long, context.Token).ConfigureAwait(false);
            if (reader is not null)
            {
                await context.PassAsync(TimeSpan.FromMilliseconds(10)).ConfigureAwait(false);
                await reader.ReleaseAsync(context.Token).ConfigureAwait(false);
            }

            reader = next;
        }

        Expect.Null(reader, "A reader should not be let in before a writer that waits, nor beside it.");
        var writer = await writing.ConfigureAwait(false);
        Expect.True(writer.IsHeld, "A writer that was granted should hold the key.");
    }

    private static async Task ReadersAndWritersTakeTurns(FactContext context)
    {
        var holder = await context.AtOnceAsync(ModeLock.Writer(await context.LockAsync().ConfigureAwait(false)), context.Key, "A free key should be granted.")
            .ConfigureAwait(false);
        List<string> served = [];
        List<Task> waiting = [];
        foreach (var name in (string[])["w1", "r1", "r2", "w2", "r3"])
        {
            // Each waits in the store before the next one comes, and in an instance of its own.
            var locks = await context.LockAsync().ConfigureAwait(false);
            waiting.Add(WaitAsync(name[0] == 'w' ? ModeLock.Writer(locks) : ModeLock.Reader(locks), name));
            await context.PassAsync(TimeSpan.FromMilliseconds(150)).ConfigureAwait(false);
        }

        await holder.ReleaseAsync(context.Token).ConfigureAwait(false);
        await context.WithinAsync(context.Patience, Task.WhenAll(waiting), "All should be served.").ConfigureAwait(false);
        var order = string.Join(' ', served);

        // The two readers between the writers may be seen in either order.
        Expect.True(order is "w1 r1 r2 w2 r3" or "w1 r2 r1 w2 r3", $"Who waits should be served in order: w1 r1 r2 w2 r3. It was {order}.");

        async Task WaitAsync(IDistributedLock locks, string name)
        {
            var handle = await locks.AcquireAsync(context.Key, Leases.LongWait, context.Token).ConfigureAwait(false);
            lock (served)
            {
                served.Add(name);
            }

            await context.PassAsync(TimeSpan.FromMilliseconds(20)).ConfigureAwait(false);
            await handle.ReleaseAsync(context.Token).ConfigureAwait(false);
        }
    }
}
