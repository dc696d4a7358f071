using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DistributedLocking.Benchmarks.Reporting;

internal static class JsonReport
{
    // A turn too short for a single cycle has no ratio; that is no reason to lose the rest.
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    internal static void Write(IEnumerable<ReportTable> tables, TextWriter output) => output.WriteLine(JsonSerializer.Serialize(
        new
        {
            tables = tables.Select(table => new
            {
                title = table.Title,
                environment = table.Environment,
                notes = table.Notes,
                rows = table.Rows.Select(row => row.Select((cell, i) => KeyValuePair.Create(table.Columns[i].Name, cell)).ToDictionary(StringComparer.Ordinal)),
            }),
        },
        Options));
}
