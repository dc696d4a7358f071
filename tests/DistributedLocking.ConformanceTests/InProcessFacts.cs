using System.Diagnostics.CodeAnalysis;
using DistributedLocking.Testing.Conformance;

namespace DistributedLocking.ConformanceTests;

/// <summary>
/// The facts of the conformance suite that one process can check with a store that works, as an xunit theory.
/// </summary>
public abstract class InProcessFacts<TFixture>(TFixture fixture) : IClassFixture<TFixture>
    where TFixture : ConformanceFixture, new()
{
    [SuppressMessage("Design", "CA1000:Do not declare static members on generic types", Justification = "A theory's rows are a public static member.")]
    public static IEnumerable<TheoryDataRow<string>> Rows() => ConformanceRows.Of(new TFixture(), fact => fact is { NeedsWorker: false, DisturbsStore: false });

    [Theory]
    [MemberData(nameof(Rows))]
    public Task Keeps(string fact) => ConformanceSuite.Find(fact).RunAsync(fixture, TestContext.Current.CancellationToken);
}
