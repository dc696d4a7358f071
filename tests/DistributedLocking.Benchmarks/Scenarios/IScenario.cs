using DistributedLocking.Benchmarks.Reporting;
using DistributedLocking.Benchmarks.Stores;

namespace DistributedLocking.Benchmarks.Scenarios;

/// <summary>A question that the benchmark answers with a table.</summary>
internal interface IScenario
{
    /// <summary>The name on the command line.</summary>
    string Name { get; }

    string Description { get; }

    /// <summary>The stores that it makes sense on.</summary>
    IReadOnlyList<string> Stores => Store.Names;

    int DefaultRepetitions { get; }

    TimeSpan DefaultSlice { get; }

    /// <summary>What a slice is, where it is more than the length of a turn.</summary>
    string SliceDescription => "The length of a turn in milliseconds.";

    /// <summary>A number that the command line may change, such as how many keys; null where there is none.</summary>
    Quantity? Quantity => null;

    Task<Report> RunAsync(ScenarioContext context, CancellationToken cancellationToken);
}

/// <summary>A scenario's own number.</summary>
/// <param name="Name">What is counted, and the option's name.</param>
/// <param name="Default">How many.</param>
internal sealed record Quantity(string Name, int Default);

/// <summary>What the command line says.</summary>
/// <param name="Store">What to measure.</param>
/// <param name="Repetitions">How often each contender has its turn.</param>
/// <param name="Slice">The length of a turn.</param>
/// <param name="Quantity">How many, for scenarios with a <see cref="IScenario.Quantity"/>.</param>
internal sealed record ScenarioContext(Store Store, int Repetitions, TimeSpan Slice, int Quantity)
{
    internal static ScenarioContext Default(IScenario scenario, Store store) =>
        new(store, scenario.DefaultRepetitions, scenario.DefaultSlice, scenario.Quantity?.Default ?? 0);
}
