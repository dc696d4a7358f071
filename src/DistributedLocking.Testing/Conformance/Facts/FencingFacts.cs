using DistributedLocking.Testing.Conformance.Probes;

namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>
/// Guarantee 6: fencing tokens strictly increase per key. Other processes: <see cref="ProcessFacts"/>.
/// </summary>
internal static class FencingFacts
{
    /// <summary>The first of January 2020 in microseconds since 1970.</summary>
    private const long Year2020 = 1_577_836_800_000_000;

    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.Fencing, "tokens rise from holder to holder, in one instance and across instances", TokensRise) { Requires = [Requirement.Fencing] },
        new(LockGuarantee.Fencing, "tokens rise in the order of the grants under contention", TokensRiseUnderContention) { Requires = [Requirement.Fencing] },
        new(LockGuarantee.Fencing, "a token rises after a lease that lapsed", TokensRiseAfterALapse) { Requires = [Requirement.Fencing] },
        new(LockGuarantee.Fencing, "a renewal keeps the token", RenewalKeepsTheToken),
        new(LockGuarantee.Fencing, "tokens are no smaller than a clock in microseconds", TokensFollowTheClock) { Requires = [Requirement.Fencing] },
    ];

    private static async Task TokensRise(FactContext context)
    {
        var first = await context.LockAsync().ConfigureAwait(false);
        var second = await context.LockAsync().ConfigureAwait(false);
        List<long> tokens = [];
        for (var i = 0; i < 40; i++)
        {
            // Two holders of an instance in turn, then one of another.
            var locks = i % 3 == 2 ? second : first;
            var handle = await context.AtOnceAsync(locks, context.Key, "A released key should be granted.").ConfigureAwait(false);
            tokens.Add(handle.FencingToken);
            await handle.ReleaseAsync(context.Token).ConfigureAwait(false);
        }

        Expect.Rising(tokens);
    }

    private static async Task TokensRiseUnderContention(FactContext context)
    {
        const int Instances = 3;
        const int Tasks = 2;
        const int Times = 5;
        var counter = await UnprotectedCounter.ContendAsync(context, Instances, Tasks, Times).ConfigureAwait(false);
        counter.Verify(Instances * Tasks * Times);
        Expect.Rising(counter.Tokens);
    }

    private static async Task TokensRiseAfterALapse(FactContext context)
    {
        var first = await context.LockAsync().ConfigureAwait(false);
        var second = await context.LockAsync().ConfigureAwait(false);
        var lapsed = await context.AtOnceAsync(first, context.Key, "A free key should be granted.", Leases.Fixed(context.Lapsing)).ConfigureAwait(false);
        var next = await context.EventuallyAsync(second, context.Key, "A lease that is not renewed should lapse.").ConfigureAwait(false);
        Expect.Rising([lapsed.FencingToken, next.FencingToken]);
    }

    private static async Task RenewalKeepsTheToken(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        var token = handle.FencingToken;
        await handle.ExtendAsync(2 * Leases.Far, context.Token).ConfigureAwait(false);
        Expect.Equal(token, handle.FencingToken, "The token after a renewal");
    }

    private static async Task TokensFollowTheClock(FactContext context)
    {
        var locks = await context.LockAsync().ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);

        // Any store's clock is past 2020, so a guard that has seen tokens of another store stays valid after a change
        // of backend.
        Expect.AtLeast(Year2020, handle.FencingToken, "A token");
    }
}
