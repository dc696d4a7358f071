namespace ConcurrentMutation.Stages;

/// <summary>
/// A choice of stages as text: names with dashes or blanks, or the groups <c>all</c>, <c>demo</c> and <c>benchmark</c>,
/// between commas.
/// </summary>
internal static class StageList
{
    /// <summary>Reads the choice.</summary>
    /// <returns>The stages in the order in which they run, whatever the order in the text.</returns>
    /// <exception cref="FormatException">A name is unknown, or none is given.</exception>
    internal static IReadOnlyList<Stage> Parse(string text)
    {
        var names = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (names.Length == 0)
        {
            throw new FormatException("no stage is named");
        }

        var chosen = names.SelectMany(Find).ToHashSet();
        return [.. Stage.All.Where(chosen.Contains)];
    }

    private static IEnumerable<Stage> Find(string text)
    {
        var name = text.Replace('-', ' ').ToLowerInvariant();
        return name switch
        {
            "all" => Stage.All,
            "demo" => Stage.All.Where(stage => !stage.IsBenchmark),
            "benchmark" => Stage.All.Where(stage => stage.IsBenchmark),
            _ when Stage.All.FirstOrDefault(stage => string.Equals(stage.Name, name, StringComparison.Ordinal)) is { } stage => [stage],
            _ => throw new FormatException($"'{text}' is not one of {string.Join(", ", Stage.All.Select(stage => stage.Name.Replace(' ', '-')))}, demo, benchmark, all"),
        };
    }
}
