using ConcurrentMutation.Figures;
using ConcurrentMutation.Stages;

namespace ConcurrentMutation.Reporting;

/// <summary>What a run has shown, in words.</summary>
internal static class Verdict
{
    /// <summary>Whether every stage that protects its mutations kept them consistent.</summary>
    internal static bool IsGood(IReadOnlyList<StageResult> results) => results.All(result => result.Stage.Protection == Protection.None || result.Inconsistencies == 0);

    /// <summary>A sentence for each kind of protection that was tried.</summary>
    internal static IEnumerable<string> Sentences(IReadOnlyList<StageResult> results) =>
        results.GroupBy(result => result.Stage.Protection).OrderBy(group => group.Key).Select(group =>
            $"{Name(group.Key)}, {Amount(group.Sum(result => result.Inconsistencies))} of {Number.Count(group.Sum(result => result.Mutations))} mutations "
            + "were made on stale data.");

    private static string Amount(long count) => count == 0 ? "none" : Number.Count(count);

    private static string Name(Protection protection) => protection switch
    {
        Protection.Mutex => "With the mutex",
        Protection.RowLock => "With the row lock",
        Protection.Version => "With the version check",
        _ => "Without protection",
    };
}
