using DistributedLocking.Testing.Conformance.Probes;

namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>
/// Guarantee 1: at most one handle per key is held at a time. Other processes: <see cref="ProcessFacts"/>.
/// </summary>
internal static class ExclusionFacts
{
    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.Exclusion, "a held key is refused to others and free after its release", HeldKeyIsRefused),
        new(LockGuarantee.Exclusion, "tasks of one instance exclude each other", TasksOfOneInstance),
        new(LockGuarantee.Exclusion, "tasks of several instances exclude each other", TasksOfSeveralInstances),
        new(LockGuarantee.Exclusion, "holders of different keys don't exclude each other", KeysAreIndependent),
        new(LockGuarantee.Exclusion, "locks with different prefixes don't exclude each other", PrefixesAreIndependent),
        new(LockGuarantee.Exclusion, "a prefix and a key that read like another prefix and another key don't meet them", PrefixesEndBeforeTheKey),
        new(LockGuarantee.Exclusion, "a key whose lease lapses has no second holder before the first one's deadline", NoOverlapAtTheDeadline),
    ];

    private static async Task HeldKeyIsRefused(FactContext context)
    {
        var first = await context.LockAsync().ConfigureAwait(false);
        var second = await context.LockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(first, context.Key, "A free key should be granted.").ConfigureAwait(false);
        Expect.True(handle.IsHeld, "A granted lock should be held.");
        Expect.Equal(context.Key, handle.Key, "The handle's key");
        await context.RefusedAsync(second, context.Key, "A held key should be refused to another instance.").ConfigureAwait(false);
        await context.RefusedAsync(first, context.Key, "A held key should be refused to the holder's own instance.").ConfigureAwait(false);
        Expect.True(handle.IsHeld, "A lock should be held still after others were refused.");

        await handle.ReleaseAsync(context.Token).ConfigureAwait(false);
        await context.AtOnceAsync(second, context.Key, "A released key should be granted to another instance.").ConfigureAwait(false);
        await context.RefusedAsync(first, context.Key, "A held key should be refused to its former holder.").ConfigureAwait(false);
    }

    private static async Task TasksOfOneInstance(FactContext context)
    {
        const int Tasks = 8;
        const int Times = 20;
        var locks = await context.LockAsync().ConfigureAwait(false);
        var counter = new UnprotectedCounter();
        await Task.WhenAll(Enumerable.Range(0, Tasks).Select(_ => Task.Run(() => counter.RunAsync(locks, context.Key, Times, context.Token))))
            .ConfigureAwait(false);
        counter.Verify(Tasks * Times);
    }

    private static async Task TasksOfSeveralInstances(FactContext context)
    {
        const int Instances = 3;
        const int Tasks = 2;
        const int Times = 8;
        var counter = await UnprotectedCounter.ContendAsync(context, Instances, Tasks, Times).ConfigureAwait(false);
        counter.Verify(Instances * Tasks * Times);
    }

    private static async Task KeysAreIndependent(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        for (var i = 0; i < 10; i++)
        {
            await context.AtOnceAsync(locks, context.NewKey(), "A free key should be granted while other keys are held.").ConfigureAwait(false);
        }
    }

    private static async Task PrefixesAreIndependent(FactContext context)
    {
        var first = await context.LockAsync(configure: options => options.KeyPrefix = "first:").ConfigureAwait(false);
        var second = await context.LockAsync(configure: options => options.KeyPrefix = "second:").ConfigureAwait(false);
        var third = await context.LockAsync(configure: options => options.KeyPrefix = "second:").ConfigureAwait(false);
        await context.AtOnceAsync(first, context.Key, "A free key should be granted.").ConfigureAwait(false);
        await context.AtOnceAsync(second, context.Key, "A key held with another prefix should be granted.").ConfigureAwait(false);
        await context.RefusedAsync(third, context.Key, "A key held with the same prefix should be refused.").ConfigureAwait(false);
    }

    /// <summary>One text, parted into prefix and key in several ways: all can be held at once.</summary>
    private static async Task PrefixesEndBeforeTheKey(FactContext context)
    {
        const string Start = "5:shop:lock:";
        foreach (var end in (int[])[0, 2, 6, 7, Start.Length])
        {
            var (prefix, key) = (Start[..end], Start[end..] + context.Key);
            var locks = await context.LockAsync(configure: options => options.KeyPrefix = prefix).ConfigureAwait(false);
            await context.AtOnceAsync(locks, key, $"The key '{key}' should be free with the prefix '{prefix}'.").ConfigureAwait(false);
        }
    }

    private static async Task NoOverlapAtTheDeadline(FactContext context)
    {
        var first = await context.LockAsync().ConfigureAwait(false);
        var second = await context.LockAsync().ConfigureAwait(false);
        for (var round = 0; round < 3; round++)
        {
            var key = context.NewKey();
            var earlier = await context.AtOnceAsync(first, key, "A free key should be granted.", Leases.Fixed(context.Lapsing)).ConfigureAwait(false);
            IDistributedLockHandle? later = null;
            await context.UntilAsync(
                async () => (later = await second.TryAcquireAsync(key, Leases.Long, context.Token).ConfigureAwait(false)) is not null,
                "A lapsed lease should make its key free.").ConfigureAwait(false);
            Expect.False(earlier.IsHeld, "Nobody should be granted a key while another handle says IsHeld.");
        }
    }
}
