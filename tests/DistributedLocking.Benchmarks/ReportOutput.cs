using System.CommandLine;
using DistributedLocking.Benchmarks.Reporting;

namespace DistributedLocking.Benchmarks;

/// <summary>How tables leave the program.</summary>
internal static class ReportOutput
{
    internal static Option<bool> CreateJsonOption() => new("--json") { Description = "Print the tables as JSON." };

    internal static void Write(IReadOnlyList<ReportTable> tables, bool json)
    {
        if (json)
        {
            JsonReport.Write(tables, Console.Out);
            return;
        }

        foreach (var table in tables)
        {
            ConsoleReport.Write(table);
        }
    }
}
