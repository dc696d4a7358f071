using DistributedLocking.Testing.Conformance.Probes;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Testing.Conformance.Facts;

/// <summary>Guarantee 12: no secret leaks, and keys only as the options allow.</summary>
internal static class PrivacyFacts
{
    internal static IReadOnlyList<ConformanceFact> All { get; } =
    [
        new(LockGuarantee.Privacy, "keys and owner ids stay out of exceptions, and out of the log at Information and above", KeysStayPrivate),
        new(LockGuarantee.Privacy, "secrets stay out of exceptions and logs while the store is away", SecretsStayPrivateInAnOutage)
        {
            Requires = [Requirement.Outage],
        },
    ];

    private static async Task KeysStayPrivate(FactContext context)
    {
        using var log = new LogCapture();
        var other = await context.LockAsync().ConfigureAwait(false);
        var (locks, faults) = await context.FaultyLockAsync(options => options.RenewalInterval = TimeSpan.FromMilliseconds(50), log).ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.Key, "A free key should be granted.").ConfigureAwait(false);
        List<Exception> errors =
        [
            await Expect.ThrowsAsync<DistributedLockTimeoutException>(
                () => locks.AcquireAsync(context.Key, Leases.Within(TimeSpan.FromMilliseconds(100)), context.Token).AsTask(), "A held key should time out.")
                .ConfigureAwait(false),
        ];

        await context.TakeAwayAsync(faults, handle).ConfigureAwait(false);
        await context.UntilAsync(() => handle.LostToken.IsCancellationRequested, "A lock without a record should be lost.").ConfigureAwait(false);
        errors.Add(await Expect.ThrowsAsync<DistributedLockLostException>(
            () => handle.ExtendAsync(null, context.Token).AsTask(), "Extending a lost lock should fail.").ConfigureAwait(false));
        await locks.ReleaseAsync(context.Key, context.Token).ConfigureAwait(false);
        await locks.ReleaseAsync(context.Key, context.Token).ConfigureAwait(false);
        await context.AtOnceAsync(other, context.Key, "The key of a lost lock should be granted.").ConfigureAwait(false);
        using (faults.FailRequests(ProviderOperations.Acquire))
        {
            errors.Add(await Expect.ThrowsAsync<DistributedLockUnavailableException>(
                () => locks.TryAcquireAsync(context.Key, Leases.Fixed(context.Lapsing), context.Token).AsTask(), "A failing store should be unavailable.").ConfigureAwait(false));
        }

        Expect.True(log.Entries.Any(entry => entry.Level >= LogLevel.Warning), "A lost lock should be logged as a warning at least.");
        Verify(errors, log, [context.Key, handle.OwnerId], LogLevel.Information);
        Verify(errors, log, context.Fixture.Secrets, LogLevel.Trace);
    }

    private static async Task SecretsStayPrivateInAnOutage(FactContext context)
    {
        using var log = new LogCapture();
        var locks = await context.LockAsync(loggers: log).ConfigureAwait(false);
        var handle = await context.AtOnceAsync(locks, context.NewKey(), "A free key should be granted.").ConfigureAwait(false);
        await context.Fixture.StopStoreAsync(context.Token).ConfigureAwait(false);
        List<Exception> errors = [];
        try
        {
            errors.Add(await Expect.ThrowsAsync<DistributedLockUnavailableException>(
                () => locks.TryAcquireAsync(context.Key, Leases.Long, context.Token).AsTask(), "A store that is away should be unavailable.")
                .ConfigureAwait(false));
            await handle.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            await context.Fixture.StartStoreAsync(CancellationToken.None).ConfigureAwait(false);
        }

        Verify(errors, log, context.Fixture.Secrets, LogLevel.Trace);
    }

    private static void Verify(IEnumerable<Exception> errors, LogCapture log, IEnumerable<string> secrets, LogLevel from)
    {
        foreach (var secret in secrets)
        {
            foreach (var error in errors)
            {
                Expect.False(error.ToString().Contains(secret, StringComparison.Ordinal), $"{error.GetType().Name} should not tell: {Redact(error.ToString())}");
            }

            foreach (var (level, text) in log.Entries.Where(entry => entry.Level >= from))
            {
                Expect.False(text.Contains(secret, StringComparison.Ordinal), $"A log entry at {level} should not tell: {Redact(text)}");
            }

            string Redact(string text) => text.Replace(secret, "[what it should not tell]", StringComparison.Ordinal);
        }
    }
}
