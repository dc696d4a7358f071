using DistributedLocking.Benchmarks.Reporting;
using DistributedLocking.Benchmarks.Stores;

namespace DistributedLocking.Benchmarks.Scenarios;

/// <summary>A question that the benchmark answers with a table.</summary>
internal interface IScenario
{
    /// <summary>The name on the command line.</summary>
    string Name { get; }

    string Description { get; }

    int DefaultRepetitions { get; }

    TimeSpan DefaultSlice { get; }

    Task<ReportTable> RunAsync(ScenarioContext context, CancellationToken cancellationToken);
}

/// <summary>What the command line says.</summary>
/// <param name="Store">What to measure.</param>
/// <param name="Repetitions">How often each subject has its turn.</param>
/// <param name="Slice">The length of a turn.</param>
internal sealed record ScenarioContext(Store Store, int Repetitions, TimeSpan Slice);
