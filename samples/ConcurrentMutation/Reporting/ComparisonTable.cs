using ConcurrentMutation.Figures;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ConcurrentMutation.Reporting;

/// <summary>The closing table: a line for each stage, a column with a bar for each figure.</summary>
/// <remarks>
/// The stages that mutate once an interval and the benchmarks are two groups, each with bars of its own scale: their
/// figures lie far apart.
/// </remarks>
internal static class ComparisonTable
{
    private const int CellPadding = 1;
    private const int ShortestBar = 3;
    private const int LongestBar = 20;

    private static readonly IReadOnlyList<Figure> Figures =
    [
        new("Mutations", Theme.Mutations, result => result.Mutations, result => Number.Count(result.Mutations)),
        new("Inconsistencies", Theme.Inconsistencies, result => result.Inconsistencies, result => Number.Count(result.Inconsistencies)),
        new("Errors", Theme.Errors, result => result.Errors, result => Number.Count(result.Errors)),
        new("Average (ms)", Theme.Average, result => result.Average?.TotalMilliseconds ?? 0, result => Number.Milliseconds(result.Average)),
    ];

    /// <summary>Renders the table.</summary>
    /// <param name="results">The stages' results.</param>
    /// <param name="width">The width that the table must not exceed.</param>
    /// <param name="unicode">Whether block characters can be shown.</param>
    internal static IRenderable Render(IReadOnlyList<StageResult> results, int width, bool unicode)
    {
        var numbers = Figures.Select(figure => results.Max(result => figure.Text(result).Length)).ToArray();
        var bar = BarWidth(width - results.Max(result => result.Stage.Name.Length), [.. Figures.Zip(numbers, (figure, digits) => (figure.Name.Length, digits))]);

        var table = new Table { Border = TableBorder.Simple, BorderStyle = Theme.Quiet };
        table.AddColumn(new TableColumn("Stage") { NoWrap = true, Padding = new Padding(0, 0, CellPadding, 0) });
        foreach (var (figure, digits) in Figures.Zip(numbers))
        {
            table.AddColumn(new TableColumn(figure.Name) { NoWrap = true, Padding = new Padding(0, 0, CellPadding, 0), Width = ColumnWidth(figure.Name.Length, digits, bar) });
        }

        foreach (var group in results.GroupBy(result => result.Stage.IsBenchmark).OrderBy(group => group.Key))
        {
            if (table.Rows.Count > 0)
            {
                table.AddEmptyRow();
            }

            var maxima = Figures.Select(figure => group.Max(figure.Value)).ToArray();
            foreach (var result in group)
            {
                table.AddRow([new Text(result.Stage.Name), .. Figures.Select((figure, index) => Cell(figure, result, numbers[index], maxima[index], bar, unicode))]);
            }
        }

        return table;
    }

    /// <summary>The widest bar with which the columns fit.</summary>
    /// <param name="width">The width that is left by the stages' names.</param>
    /// <param name="columns">The lengths of each column's heading and of its longest number.</param>
    internal static int BarWidth(int width, IReadOnlyList<(int Heading, int Digits)> columns)
    {
        // The border puts a blank before every column, the stages' among them, and one after the last.
        var left = width - (columns.Count + 2) - CellPadding * (columns.Count + 1);
        return Enumerable.Range(ShortestBar, LongestBar - ShortestBar + 1)
            .LastOrDefault(bar => columns.Sum(column => ColumnWidth(column.Heading, column.Digits, bar)) <= left, ShortestBar);
    }

    private static int ColumnWidth(int heading, int digits, int bar) => Math.Max(heading, digits + 1 + bar);

    private static Paragraph Cell(Figure figure, StageResult result, int digits, double maximum, int bar, bool unicode)
    {
        var value = figure.Value(result);
        var cell = new Paragraph();
        cell.Append(figure.Text(result).PadLeft(digits), value == 0 ? Theme.Quiet : Style.Plain);
        cell.Append(" " + Bar.Draw(value, maximum, bar, unicode), figure.Style);
        return cell;
    }

    private sealed record Figure(string Name, Style Style, Func<StageResult, double> Value, Func<StageResult, string> Text);
}
