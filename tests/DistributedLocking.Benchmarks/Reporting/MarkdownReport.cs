namespace DistributedLocking.Benchmarks.Reporting;

/// <summary>As a document shows it.</summary>
internal static class MarkdownReport
{
    internal static void Write(ReportTable report, TextWriter output)
    {
        output.WriteLine($"**{report.Title}** ({report.Environment})");
        output.WriteLine();
        WriteRow(output, report.Columns.Select(column => column.Name));
        WriteRow(output, report.Columns.Select(column => column.Format is null ? "---" : "---:"));
        foreach (var row in report.Rows)
        {
            WriteRow(output, row.Select((cell, i) => report.Columns[i].Show(cell)));
        }

        output.WriteLine();
        foreach (var note in report.Notes)
        {
            output.WriteLine($"- {note}");
        }
    }

    private static void WriteRow(TextWriter output, IEnumerable<string> cells) => output.WriteLine($"| {string.Join(" | ", cells)} |");
}
