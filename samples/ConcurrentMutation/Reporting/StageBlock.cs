using ConcurrentMutation.Figures;
using ConcurrentMutation.Stages;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ConcurrentMutation.Reporting;

/// <summary>A stage's figures: a block for each worker, side by side while they fit.</summary>
internal static class StageBlock
{
    internal static IRenderable Render(Stage stage, IReadOnlyList<WorkerFigures> workers) =>
        new Columns(workers.Select((worker, index) => new Padder(Render(stage, worker, index + 1), new Padding(2, 0, 2, 1)))) { Expand = false };

    private static Grid Render(Stage stage, WorkerFigures worker, int number)
    {
        var grid = new Grid { Expand = false };
        grid.AddColumn(new GridColumn { NoWrap = true, Padding = new Padding(0, 0, 2, 0) });
        grid.AddColumn(new GridColumn { NoWrap = true, Padding = new Padding(0, 0, 0, 0), Alignment = Justify.Right });
        grid.AddRow(new Text($"worker {number}", Theme.Strong), new Text($"process {worker.ProcessId}", Theme.Quiet));
        foreach (var (name, value, style) in Lines(stage, worker))
        {
            grid.AddRow(new Text(name), new Text(value, style));
        }

        return grid;
    }

    private static IEnumerable<(string Name, string Value, Style Style)> Lines(Stage stage, WorkerFigures worker)
    {
        yield return ("total mutations", Number.Count(worker.Mutations), Theme.Mutations);
        yield return stage.IsBenchmark
            ? ("average time (ms)", Number.Milliseconds(worker.Average), Theme.Average)
            : ("data inconsistencies", Number.Count(worker.Inconsistencies), Theme.OfCount(worker.Inconsistencies, Theme.Inconsistencies));
        yield return ("total errors", Number.Count(worker.Errors), Theme.OfCount(worker.Errors, Theme.Errors));
        foreach (var (cause, count) in worker.ErrorsByCause.OrderBy(error => error.Key, StringComparer.Ordinal))
        {
            yield return ($"  {cause}", Number.Count(count), Theme.Quiet);
        }

        if (worker.Deadlocks > 0)
        {
            yield return ("deadlocks retried", Number.Count(worker.Deadlocks), Theme.Errors);
        }
    }
}
