using System.Collections.Frozen;
using ConcurrentMutation.Figures;
using ConcurrentMutation.Reporting;
using ConcurrentMutation.Stages;
using Spectre.Console;

namespace DistributedLocking.Samples.Tests.Reporting;

public sealed class ReportTests
{
    private static readonly IReadOnlyList<StageResult> Results =
    [
        Result(0, mutations: 200, inconsistencies: 100),
        Result(1, mutations: 200),
        Result(2, mutations: 1_234_567),
        Result(5, mutations: 100, conflicts: 100),
    ];

    [Theory]
    [InlineData(80)]
    [InlineData(100)]
    [InlineData(200)]
    public void The_table_fits_its_width(int width)
    {
        var lines = Print(width, console => console.Write(ComparisonTable.Render(Results, width, unicode: true)));

        lines.ShouldAllBe(line => line.Length <= width);
        lines.ShouldContain(line => line.Contains("Stage", StringComparison.Ordinal) && line.Contains("Mutations", StringComparison.Ordinal)
            && line.Contains("Inconsistencies", StringComparison.Ordinal) && line.Contains("Errors", StringComparison.Ordinal) && line.Contains("Average (ms)", StringComparison.Ordinal));
        foreach (var result in Results)
        {
            lines.Count(line => line.StartsWith($" {result.Stage.Name} ", StringComparison.Ordinal)).ShouldBe(1);
        }
    }

    [Fact]
    public void Bars_compare_within_a_group()
    {
        var lines = Print(100, console => console.Write(ComparisonTable.Render(Results, 100, unicode: true)));

        var full = Bar("mutex");
        Bar("benchmark mutex").ShouldBe(full);
        Bar("version").ShouldBeInRange(full / 2, full / 2 + 1);

        int Bar(string stage)
        {
            var line = lines.Single(line => line.StartsWith($" {stage} ", StringComparison.Ordinal));
            return line.SkipWhile(character => character != '█').TakeWhile(character => character == '█').Count();
        }
    }

    [Fact]
    public void A_demo_stage_shows_inconsistencies_and_a_benchmark_its_average()
    {
        var demo = Print(80, console => console.Write(StageBlock.Render(Results[0].Stage, Results[0].Workers)));
        var benchmark = Print(80, console => console.Write(StageBlock.Render(Results[2].Stage, Results[2].Workers)));

        demo.ShouldContain(line => line.Contains("data inconsistencies", StringComparison.Ordinal) && line.Contains("100", StringComparison.Ordinal));
        demo.ShouldNotContain(line => line.Contains("average", StringComparison.Ordinal));
        benchmark.ShouldContain(line => line.Contains("average time (ms)", StringComparison.Ordinal) && line.Contains("0.50", StringComparison.Ordinal));
        benchmark.ShouldNotContain(line => line.Contains("inconsistencies", StringComparison.Ordinal));
    }

    [Fact]
    public void Errors_are_shown_by_cause()
    {
        var lines = Print(80, console => console.Write(StageBlock.Render(Results[3].Stage, Results[3].Workers)));

        lines.ShouldContain(line => line.Contains("total errors", StringComparison.Ordinal) && line.Contains("100", StringComparison.Ordinal));
        lines.ShouldContain(line => line.Contains("version conflict", StringComparison.Ordinal) && line.Contains("100", StringComparison.Ordinal));
    }

    [Fact]
    public void Only_an_inconsistency_under_protection_is_bad()
    {
        Verdict.IsGood(Results).ShouldBeTrue();
        Verdict.IsGood([.. Results, Result(3, mutations: 10, inconsistencies: 1)]).ShouldBeFalse();
        Verdict.Sentences(Results).First().ShouldBe("Without protection, 100 of 200 mutations were made on stale data.");
        Verdict.Sentences(Results).Skip(1).First().ShouldBe("With the mutex, none of 1,234,767 mutations were made on stale data.");
    }

    [Fact]
    public void Deadlocks_are_shown_where_there_were_some()
    {
        var deadlocked = Result(3, mutations: 10, deadlocks: 2);

        Print(80, console => new Report(console).Comparison([.. Results, deadlocked])).ShouldContain(line => line.StartsWith("Deadlocks, rolled back and retried: 2 in row lock.", StringComparison.Ordinal));
        Print(80, console => console.Write(StageBlock.Render(deadlocked.Stage, deadlocked.Workers))).ShouldContain(line => line.Contains("deadlocks retried", StringComparison.Ordinal));
        Print(80, console => new Report(console).Comparison(Results)).ShouldNotContain(line => line.Contains("eadlock", StringComparison.Ordinal));
        Print(80, console => console.Write(StageBlock.Render(Results[0].Stage, Results[0].Workers))).ShouldNotContain(line => line.Contains("eadlock", StringComparison.Ordinal));
    }

    private static StageResult Result(int stage, long mutations, long inconsistencies = 0, long conflicts = 0, long deadlocks = 0) => new(
        Stage.All[stage],
        [
            new WorkerFigures
            {
                ProcessId = 4711,
                Mutations = mutations,
                Inconsistencies = inconsistencies,
                Deadlocks = deadlocks,
                Busy = mutations * TimeSpan.FromMilliseconds(0.5),
                ErrorsByCause = conflicts == 0 ? FrozenDictionary<string, long>.Empty : new Dictionary<string, long>(StringComparer.Ordinal) { ["version conflict"] = conflicts },
            },
        ]);

    private static string[] Print(int width, Action<IAnsiConsole> write)
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(writer),
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        console.Profile.Width = width;
        write(console);
        return writer.ToString().Split('\n');
    }
}
