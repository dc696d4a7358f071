using ConcurrentMutation.Options;
using ConcurrentMutation.Stages;
using ConcurrentMutation.Stores;
using Mutex = ConcurrentMutation.Mutexes.Mutex;

namespace ConcurrentMutation.Reporting;

/// <summary>What a run is about to do, as names and values.</summary>
internal static class ConfigurationBlock
{
    internal static IReadOnlyList<(string Name, string Value)> Lines(DemoOptions options) =>
    [
        ("backend", Mutex.Describe(options)),
        ("database", EmployeeStores.Describe(options)),
        ("processes", Number.Count(options.Processes)),
        ("workers", $"{Number.Count(options.Workers)} per process"),
        ("duration", $"{DurationText.Format(options.Duration)} per stage"),
        ("interval", DurationText.Format(options.Interval)),
        ("work", $"{DurationText.Format(options.Work)} between read and write"),
        ("expiry", DurationText.Format(options.Expiry)),
        ("stages", options.Stages.Count == Stage.All.Count ? "all" : string.Join(", ", options.Stages.Select(stage => stage.Name))),
    ];
}
