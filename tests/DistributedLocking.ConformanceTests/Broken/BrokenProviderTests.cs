using System.Collections.Concurrent;
using DistributedLocking.Providers;
using DistributedLocking.Testing.Conformance;

namespace DistributedLocking.ConformanceTests.Broken;

/// <summary>The suite catches what it is there for: each defect fails the facts that are about it.</summary>
public sealed class BrokenProviderTests
{
    private static readonly ConcurrentDictionary<string, string> Holders = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<LeaseReference, bool> Owners = new();
    private static readonly ConcurrentDictionary<LeaseReference, bool> Gone = new();

    private static readonly Dictionary<string, Func<ILockProvider, ILockProvider>> Defects = new(StringComparer.Ordinal)
    {
        ["no defect"] = provider => provider,
        ["release is a plain delete"] = provider => new PlainDelete(provider, Holders),
        ["renewal re-creates the lease"] = provider => new RecreatingRenewal(provider),
        ["renewal does nothing"] = provider => new IdleRenewal(provider),
        ["everybody is granted"] = provider => new GrantsAlways(provider),
        ["the token never rises"] = provider => new OtherTokens(provider, _ => 2_000_000_000_000_000),
        ["tokens are small"] = provider => new OtherTokens(provider, token => token - 1_700_000_000_000_000),
        ["keys are cut"] = provider => new OtherKeys(provider, key => key.Length > 250 ? key[..250] : key),
        ["keys ignore case"] = provider => new OtherKeys(provider, key => key.ToUpperInvariant()),
        ["keys are trimmed"] = provider => new OtherKeys(provider, key => key.Trim()),
        ["keys are normalized"] = provider => new OtherKeys(provider, key => key.Normalize()),
        ["keys end at a null character"] = provider => new OtherKeys(provider, key => key.Split('\0')[0]),
        ["the store ends leases early"] = provider => new OtherTimeToLive(provider, timeToLive => timeToLive / 2),
        ["the store never ends a lease"] = provider => new OtherTimeToLive(provider, _ => TimeSpan.FromDays(1)),
        ["a failing store looks like contention"] = provider => new FailureAsContention(provider),
        ["nobody is notified"] = provider => new DeafWatch(provider),
        ["one more than the limit is let in"] = provider => new OtherRequest(provider, request => request with { Limit = request.Limit + 1 }),
        ["everybody is a reader"] = provider => new OtherRequest(provider, request => request with { Limit = int.MaxValue }),
        ["everybody is alone"] = provider => new OtherRequest(provider, request => request with { Limit = 1 }),
        ["writers do not wait in the queue"] = provider => new OtherRequest(provider, request => request.Limit == 1 ? request with { StoreWait = TimeSpan.Zero } : request),
        ["the modes of a key are one"] = provider => new OneMode(provider),
        ["a release has no mode"] = provider => new ReleaseWithoutMode(provider),
        ["readers share one expiry"] = provider => new SharedExpiry(provider, Owners),
        ["a release frees all holders"] = provider => new SharedRelease(provider, Owners),
        ["a permit leaks on cancellation"] = provider => new LeakyQueue(provider, Gone),
        ["a look locks"] = provider => new OtherInspection(provider, inspection => new LockingInspection(inspection, provider)),
        ["a look sees nothing"] = provider => new OtherInspection(provider, inspection => new OtherHolders(inspection, _ => null)),
        ["a look sees all prefixes"] = provider => new OtherInspection(provider, inspection => new UnboundedInspection(inspection)),
        ["a look takes a token for another"] = provider => new OtherInspection(
            provider, inspection => new OtherHolders(inspection, holder => holder with { FencingToken = holder.FencingToken - 1 })),
        ["a look takes everybody for a reader"] = provider => new OtherInspection(
            provider, inspection => new OtherHolders(inspection, holder => holder with { Kind = LockHolderKind.Reader })),
        ["a forced release does nothing"] = provider => new OtherInspection(provider, inspection => new IdleForce(inspection)),
    };

    public static TheoryData<string, string> Catches => new()
    {
        { "release is a plain delete", "Release.NeverTouchesASuccessor" },
        { "release is a plain delete", "Release.ProviderComparesTheOwner" },
        { "renewal re-creates the lease", "Renewal.LostLockStaysLost" },
        { "renewal re-creates the lease", "Renewal.BatchIsAnsweredInOrder" },
        { "renewal does nothing", "Renewal.RenewalsKeepTheLock" },
        { "renewal does nothing", "Renewal.ExtensionOfALostLockFails" },
        { "everybody is granted", "Exclusion.HeldKeyIsRefused" },
        { "everybody is granted", "Exclusion.TasksOfSeveralInstances" },
        { "the token never rises", "Fencing.TokensRise" },
        { "the token never rises", "Fencing.TokensRiseUnderContention" },
        { "the token never rises", "Fencing.TokensRiseAfterALapse" },
        { "tokens are small", "Fencing.TokensFollowTheClock" },
        { "keys are cut", "Exclusion.LengthMatters" },
        { "keys ignore case", "Exclusion.CaseMatters" },
        { "keys are trimmed", "Exclusion.SpacesMatter" },
        { "keys are normalized", "Exclusion.NormalizationFormMatters" },
        { "keys end at a null character", "Exclusion.ControlCharactersAndEmojiMatter" },
        { "the store ends leases early", "Lease.StoreEndsTheLease" },
        { "the store ends leases early", "Exclusion.NoOverlapAtTheDeadline" },
        { "the store never ends a lease", "Lease.StoreEndsTheLease" },
        { "a failing store looks like contention", "Failure.OutageIsUnavailable" },
        { "nobody is notified", "Waiting.ReleaseWakesTheWaiter" },
        { "everybody is granted", "Exclusion.ReadersShareAndWritersDoNot" },
        { "everybody is granted", "Exclusion.PermitsAreLimited" },
        { "one more than the limit is let in", "Exclusion.PermitsAreLimited" },
        { "one more than the limit is let in", "Exclusion.NeverMoreThanTheLimit" },
        { "everybody is a reader", "Exclusion.ReadersShareAndWritersDoNot" },
        { "everybody is a reader", "Exclusion.NoReaderBesideAWriter" },
        { "everybody is alone", "Waiting.ReadersAreWokenTogether" },
        { "everybody is alone", "Waiting.FreedPermitsWakeAsMany" },
        { "writers do not wait in the queue", "Waiting.WriterIsServedAmongGreedyReaders" },
        { "writers do not wait in the queue", "Waiting.ReadersAndWritersTakeTurns" },
        { "the modes of a key are one", "Exclusion.ModesAreSeparate" },
        { "a release has no mode", "UnknownOutcome.UnansweredReadLock" },
        { "a release has no mode", "UnknownOutcome.UnansweredPermit" },
        { "a release has no mode", "Shutdown.DisposalGivesAllBack" },
        { "readers share one expiry", "Lease.DeadReaderLapsesAlone" },
        { "a release frees all holders", "Release.ReaderReleasesItsOwn" },
        { "a permit leaks on cancellation", "UnknownOutcome.CancelledPermits" },
        { "a permit leaks on cancellation", "UnknownOutcome.CancelledReaders" },
        { "the token never rises", "Fencing.ReadersTokensAreBetweenTheWriters" },
        { "the token never rises", "Fencing.TokensOfPermitsRise" },
        { "the store never ends a lease", "Lease.DeadPermitComesBack" },
        { "a look locks", "Inspection.LookingDisturbsNobody" },
        { "a look sees nothing", "Inspection.HolderIsSeen" },
        { "a look takes a token for another", "Inspection.HolderIsSeen" },
        { "a look sees all prefixes", "Inspection.KeysAreApart" },
        { "a look takes everybody for a reader", "Inspection.ReadersAndWritersAreSeen" },
        { "a look takes everybody for a reader", "Inspection.PermitsAreSeen" },
        { "a forced release does nothing", "Inspection.ForcedReleaseIsALoss" },
    };

    /// <summary>
    /// The facts that catch a defect, and those that no other provider here can run, hold for a sound provider.
    /// </summary>
    public static TheoryData<string> Sound =>
    [
        .. Catches.Select(row => row.Data.Item2)
            .Concat(ConformanceSuite.Facts.Where(fact => fact.DisturbsStore).Select(fact => fact.Id))
            .Distinct(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Catches))]
    public async Task A_defect_fails_its_fact(string defect, string fact)
    {
        await using var fixture = new BrokenFixture(Defects[defect]);
        var failure = await Should.ThrowAsync<ConformanceException>(
            () => ConformanceSuite.Find(fact).RunAsync(fixture, TestContext.Current.CancellationToken));
        failure.Message.ShouldContain(fact);
    }

    [Theory]
    [MemberData(nameof(Sound))]
    public async Task Without_a_defect_the_fact_holds(string fact)
    {
        await using var fixture = new BrokenFixture(Defects["no defect"]);
        await ConformanceSuite.Find(fact).RunAsync(fixture, TestContext.Current.CancellationToken);
    }
}
