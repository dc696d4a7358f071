using Spectre.Console;

namespace DistributedLocking.Benchmarks.Reporting;

internal static class ConsoleReport
{
    private const int WidthOfFiles = 200;

    internal static void Write(ReportTable report)
    {
        var table = new Table().Title(Markup.Escape(report.Title)).Caption(Markup.Escape(string.Join('\n', report.Notes.Prepend(report.Environment))));
        foreach (var column in report.Columns)
        {
            var shown = new TableColumn(Markup.Escape(column.Name));
            table.AddColumn(column.Format is null ? shown : shown.RightAligned());
        }

        foreach (var row in report.Rows)
        {
            table.AddRow([.. row.Select((cell, i) => Markup.Escape(report.Columns[i].Show(cell)))]);
        }

        if (Console.IsOutputRedirected)
        {
            // A file has no width and shows no colours.
            var plain = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
            plain.Profile.Width = WidthOfFiles;
            plain.Write(table);
        }
        else
        {
            AnsiConsole.Write(table);
        }
    }
}
