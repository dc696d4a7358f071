using System.Globalization;
using Spectre.Console;

namespace DistributedLocking.Tool.Showing;

/// <summary>A table for people, which stays in its place while it is watched on a terminal.</summary>
internal sealed class TableOutput : HolderOutput
{
    private const string Unknown = "-";

    private static readonly string[] Columns = ["key", "kind", "held by", "for", "time left", "waiting", "token"];

    internal override void Write(IReadOnlyList<LockHolder> holders) => AnsiConsole.Write(Of(holders));

    internal override Task WatchAsync(Func<CancellationToken, Task<IReadOnlyList<LockHolder>>> readAsync, CancellationToken cancellationToken) =>
        AnsiConsole.Profile.Capabilities.Interactive
            ? AnsiConsole.Live(Of([])).AutoClear(enabled: true)
                .StartAsync(display => RepeatAsync(readAsync, holders => display.UpdateTarget(Of(holders)), cancellationToken))
            : base.WatchAsync(readAsync, cancellationToken);

    private static Table Of(IReadOnlyList<LockHolder> holders)
    {
        var table = new Table().Border(TableBorder.Simple);
        Array.ForEach(Columns, column => table.AddColumn(new TableColumn(column).NoWrap()));
        foreach (var holder in holders)
        {
            table.AddRow(Cells(holder).Select(cell => new Text(cell)).ToArray<Spectre.Console.Rendering.IRenderable>());
        }

        return table;
    }

    private static string[] Cells(LockHolder holder) =>
    [
        Printable(holder.Key),
        KindText.Of(holder.Kind),
        Owner(holder),
        Age(holder.Since is { } since ? TimeProvider.System.GetUtcNow() - since : null),
        Age(holder.TimeLeft),
        holder.Waiting?.ToString(CultureInfo.InvariantCulture) ?? Unknown,
        holder.FencingToken?.ToString(CultureInfo.InvariantCulture) ?? Unknown,
    ];

    /// <summary>A key may hold what a terminal would obey.</summary>
    private static string Printable(string key) => string.Concat(key.Select(c => char.IsControl(c) ? '\uFFFD' : c));

    private static string Owner(LockHolder holder) => (holder.Machine, holder.ProcessId, holder.Session) switch
    {
        (var machine, { } process, _) => string.Create(CultureInfo.InvariantCulture, $"{machine ?? Unknown}:{process}"),
        (var machine, _, { } session) => string.Create(CultureInfo.InvariantCulture, $"{machine ?? "local"}, session {session}"),
        _ => holder.Machine ?? Unknown,
    };

    private static string Age(TimeSpan? time) => time switch
    {
        null => Unknown,
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, time.Value.TotalSeconds):0.0} s"),
        _ => time.Value.ToString(@"d\.hh\:mm\:ss", CultureInfo.InvariantCulture).Replace("0.", "", StringComparison.Ordinal),
    };
}
