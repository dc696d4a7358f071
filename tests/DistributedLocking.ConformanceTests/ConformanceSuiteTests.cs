using DistributedLocking.ConformanceTests.Fixtures;
using DistributedLocking.InMemory;
using DistributedLocking.Providers;
using DistributedLocking.Testing.Conformance;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.ConformanceTests;

public sealed class ConformanceSuiteTests
{
    [Fact]
    public void Facts_have_names_of_their_own() =>
        ConformanceSuite.Facts.Select(fact => fact.Id).ShouldBeUnique(StringComparer.Ordinal);

    [Fact]
    public void Every_guarantee_has_facts() =>
        ConformanceSuite.Facts.Select(fact => fact.Guarantee).Distinct().ShouldBe(Enum.GetValues<LockGuarantee>(), ignoreOrder: true);

    [Fact]
    public void An_unknown_name_is_an_error() => Should.Throw<ArgumentException>(() => ConformanceSuite.Find("Release.DoesNotExist"));

    [Fact]
    public async Task A_fact_that_does_not_apply_says_why_and_refuses_to_run()
    {
        await using var fixture = new InMemoryFixture();
        var fact = ConformanceSuite.Find("Exclusion.ProcessesExcludeEachOther");
        fact.SkipReasonFor(fixture).ShouldBe("The store lives in the memory of one process.");
        await Should.ThrowAsync<InvalidOperationException>(() => fact.RunAsync(fixture, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_deviation_is_skipped_with_its_reason_and_must_name_a_fact()
    {
        await using var fixture = new DeviatingFixture();
        ConformanceSuite.Find("Release.NeverTouchesASuccessor").SkipReasonFor(fixture).ShouldBe("As documented.");
        var failure = await Should.ThrowAsync<ConformanceException>(
            () => ConformanceSuite.Find("Exclusion.DeviationsAreFacts").RunAsync(fixture, TestContext.Current.CancellationToken));
        failure.Message.ShouldContain("Release.Tpyo");
    }

    [Fact]
    public async Task Wrong_capabilities_are_caught()
    {
        await using var fixture = new DeviatingFixture();
        await Should.ThrowAsync<ConformanceException>(
            () => ConformanceSuite.Find("Exclusion.ProviderDeclaresItself").RunAsync(fixture, TestContext.Current.CancellationToken));
    }

    private sealed class DeviatingFixture : ConformanceFixture
    {
        public override LockProviderCapabilities Capabilities => LockProviderCapabilities.None;

        public override IReadOnlyDictionary<string, string> Deviations => new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Release.NeverTouchesASuccessor"] = "As documented.",
            ["Release.Tpyo"] = "As documented.",
        };

        public override ValueTask<ILockProvider> CreateProviderAsync(
            DistributedLockOptions options, ILoggerFactory loggerFactory, CancellationToken cancellationToken) =>
            ValueTask.FromResult<ILockProvider>(new InMemoryLockProvider(new InMemoryLockStore(), options));
    }
}
