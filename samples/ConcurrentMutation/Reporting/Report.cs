using System.Globalization;
using ConcurrentMutation.Figures;
using ConcurrentMutation.Options;
using ConcurrentMutation.Stages;
using Spectre.Console;

namespace ConcurrentMutation.Reporting;

/// <summary>Everything that a run prints on its standard output.</summary>
internal sealed class Report(IAnsiConsole console)
{
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromMilliseconds(100);

    internal void Configuration(DemoOptions options)
    {
        var lines = ConfigurationBlock.Lines(options);
        var width = lines.Max(line => line.Name.Length);
        console.Write(new Text("Configuration:", Theme.Strong));
        console.WriteLine();
        foreach (var (name, value) in lines)
        {
            console.Write(new Text($"  {name.PadRight(width)}  ", Theme.Quiet));
            console.Write(new Text(value).Overflow(Overflow.Fold));
            console.WriteLine();
        }

        console.WriteLine();
    }

    /// <summary>Prints a stage's title and, on a terminal, its figures while they grow.</summary>
    internal async Task ProgressAsync(DemoOptions options, Stage stage, Func<IReadOnlyList<WorkerFigures>> figures, Task running)
    {
        var number = options.Stages.TakeWhile(other => other != stage).Count() + 1;
        console.Write(new Rule(string.Create(CultureInfo.InvariantCulture, $"[grey]{number}/{options.Stages.Count}[/] [bold]{stage.Name}[/]"))
        {
            Justification = Justify.Left,
            Style = Theme.Quiet,
        });

        if (console.Profile.Capabilities.Interactive)
        {
            var time = TimeProvider.System;
            var started = time.GetTimestamp();
            await console.Live(Text.Empty).AutoClear(enabled: true).StartAsync(async live =>
            {
                while (await Task.WhenAny(running, Task.Delay(RefreshInterval, time)) != running)
                {
                    live.UpdateTarget(new Rows(StageBlock.Render(stage, figures()), Elapsed(time.GetElapsedTime(started), options.Duration)));
                }
            });
        }

        await running;
    }

    internal void Stage(StageResult result) => console.Write(StageBlock.Render(result.Stage, result.Workers));

    internal void Comparison(IReadOnlyList<StageResult> results)
    {
        if (results.Count == 0)
        {
            return;
        }

        console.Write(new Rule("[bold]comparison[/]") { Justification = Justify.Left, Style = Theme.Quiet });
        console.Write(ComparisonTable.Render(results, console.Profile.Width, console.Profile.Capabilities.Unicode));
        if (results.Any(result => result.Deadlocks > 0))
        {
            console.Write(new Text($"Deadlocks, rolled back and retried: {Deadlocks(results)}.", Theme.Errors));
            console.WriteLine();
        }

        console.Write(new Text("Average: the time of all attempts, failed ones included, for each mutation that was written.", Theme.Quiet));
        console.WriteLine();
    }

    internal void Verdict(IReadOnlyList<StageResult> results)
    {
        console.WriteLine();
        foreach (var sentence in Reporting.Verdict.Sentences(results))
        {
            console.Write(new Text(sentence, Reporting.Verdict.IsGood(results) ? Theme.Strong : Theme.Inconsistencies));
            console.WriteLine();
        }
    }

    internal void Interrupted()
    {
        console.Write(new Text("Interrupted: these are the figures so far.", Theme.Errors));
        console.WriteLine();
    }

    private static string Deadlocks(IReadOnlyList<StageResult> results) =>
        string.Join(", ", results.Where(result => result.Deadlocks > 0).Select(result => $"{Number.Count(result.Deadlocks)} in {result.Stage.Name}"));

    private Paragraph Elapsed(TimeSpan elapsed, TimeSpan duration)
    {
        const int Width = 40;
        var line = new Paragraph();
        line.Append("  " + Bar.Draw(elapsed / duration, 1, Width, console.Profile.Capabilities.Unicode).PadRight(Width), Theme.Mutations);
        line.Append(string.Create(CultureInfo.InvariantCulture, $"  {Math.Min(elapsed.TotalSeconds, duration.TotalSeconds):0.0} / {duration.TotalSeconds:0.0} s"), Theme.Quiet);
        return line;
    }
}
