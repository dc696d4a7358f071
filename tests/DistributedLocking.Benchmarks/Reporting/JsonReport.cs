using System.Text.Encodings.Web;
using System.Text.Json;

namespace DistributedLocking.Benchmarks.Reporting;

internal static class JsonReport
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static void Write(ReportTable report, TextWriter output)
    {
        var rows = report.Rows.Select(row => row.Select((cell, i) => KeyValuePair.Create(report.Columns[i].Name, cell)).ToDictionary(StringComparer.Ordinal));
        output.WriteLine(JsonSerializer.Serialize(new { title = report.Title, environment = report.Environment, rows }, Options));
    }
}
