using System.Diagnostics.CodeAnalysis;
using DistributedLocking.Testing.Conformance;

namespace DistributedLocking.ConformanceTests;

/// <summary>
/// The other facts of the conformance suite: other processes, and a store that is away. In a class of their own they
/// run beside the first ones, with a store of their own.
/// </summary>
public abstract class ProcessAndOutageFacts<TFixture>(TFixture fixture) : IClassFixture<TFixture>
    where TFixture : ConformanceFixture, new()
{
    [SuppressMessage("Design", "CA1000:Do not declare static members on generic types", Justification = "A theory's rows are a public static member.")]
    public static IEnumerable<TheoryDataRow<string>> Rows() => ConformanceRows.Of(new TFixture(), fact => fact.NeedsWorker || fact.DisturbsStore);

    [Theory]
    [MemberData(nameof(Rows))]
    public Task Keeps(string fact) => ConformanceSuite.Find(fact).RunAsync(fixture, TestContext.Current.CancellationToken);
}
