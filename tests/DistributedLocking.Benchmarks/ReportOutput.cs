using System.CommandLine;
using DistributedLocking.Benchmarks.Reporting;

namespace DistributedLocking.Benchmarks;

/// <summary>How tables leave the program: for a reader, for a document, or for another program.</summary>
internal sealed class ReportOutput
{
    private readonly Option<bool> _json = new("--json") { Description = "Print the tables as JSON." };
    private readonly Option<bool> _markdown = new("--markdown") { Description = "Print the tables as Markdown." };

    internal void AddTo(Command command)
    {
        command.Options.Add(_json);
        command.Options.Add(_markdown);
    }

    /// <summary>Whether somebody asked for a form that is not for the screen.</summary>
    internal bool IsForFile(ParseResult arguments) => arguments.GetValue(_json) || arguments.GetValue(_markdown);

    internal void Write(ParseResult arguments, IReadOnlyList<ReportTable> tables)
    {
        if (arguments.GetValue(_json))
        {
            JsonReport.Write(tables, Console.Out);
            return;
        }

        foreach (var table in tables)
        {
            if (arguments.GetValue(_markdown))
            {
                MarkdownReport.Write(table, Console.Out);
            }
            else
            {
                ConsoleReport.Write(table);
            }
        }
    }
}
