namespace ConcurrentMutation.Stages;

/// <summary>One part of the demo.</summary>
/// <param name="Name">Its title.</param>
/// <param name="Protection">How its mutations are protected.</param>
/// <param name="IsBenchmark">Whether the workers mutate as fast as they can, instead of once an interval.</param>
internal sealed record Stage(string Name, Protection Protection, bool IsBenchmark)
{
    /// <summary>Every stage, in the order in which they run.</summary>
    internal static readonly IReadOnlyList<Stage> All =
    [
        new("no mutex", Protection.None, IsBenchmark: false),
        new("mutex", Protection.Mutex, IsBenchmark: false),
        new("benchmark mutex", Protection.Mutex, IsBenchmark: true),
        new("row lock", Protection.RowLock, IsBenchmark: false),
        new("benchmark row lock", Protection.RowLock, IsBenchmark: true),
        new("version", Protection.Version, IsBenchmark: false),
        new("benchmark version", Protection.Version, IsBenchmark: true),
    ];
}
