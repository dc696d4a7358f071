using System.Globalization;
using System.Runtime.InteropServices;

namespace DistributedLocking.Benchmarks.Reporting;

/// <summary>A scenario's result, to be shown as a table or as JSON.</summary>
internal sealed class ReportTable(string title, string store, IReadOnlyList<Column> columns)
{
    private readonly List<object?[]> _rows = [];
    private readonly List<string> _notes = [];

    internal string Title { get; } = title;

    /// <summary>What the figures depend on.</summary>
    internal string Environment { get; } = string.Create(
        CultureInfo.InvariantCulture,
        $"{RuntimeInformation.FrameworkDescription}, {System.Environment.ProcessorCount} cores, {store}");

    internal IReadOnlyList<Column> Columns { get; } = columns;

    internal IReadOnlyList<object?[]> Rows => _rows;

    /// <summary>How the figures came about.</summary>
    internal IReadOnlyList<string> Notes => _notes;

    /// <summary>Adds a row. Null is for a figure that there is not here.</summary>
    internal void Add(params object?[] cells) => _rows.Add(cells);

    internal void Note(string note) => _notes.Add(note);
}

/// <summary>A column's heading, which is its JSON name too, and the format of its numbers; null for text.</summary>
internal sealed record Column(string Name, string? Format)
{
    internal static Column Text(string name) => new(name, null);

    internal static Column Number(string name, string format) => new(name, format);

    internal string Show(object? cell) => cell switch
    {
        null => "-",
        IFormattable number when Format is not null => number.ToString(Format, CultureInfo.InvariantCulture),
        _ => Convert.ToString(cell, CultureInfo.InvariantCulture)!,
    };
}
