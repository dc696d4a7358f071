using DistributedLocking.Testing.Conformance;

namespace DistributedLocking.ConformanceTests;

internal static class ConformanceRows
{
    /// <summary>
    /// A row for each fact. What does not apply to the provider is shown as skipped, with the reason.
    /// </summary>
    internal static IEnumerable<TheoryDataRow<string>> Of(ConformanceFixture fixture, Func<ConformanceFact, bool> which) =>
        ConformanceSuite.Facts.Where(which).Select(fact => new TheoryDataRow<string>(fact.Id)
        {
            TestDisplayName = fact.ToString(),
            Label = "",
            Skip = fact.SkipReasonFor(fixture),
        });
}
