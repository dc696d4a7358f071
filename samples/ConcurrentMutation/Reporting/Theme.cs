using Spectre.Console;

namespace ConcurrentMutation.Reporting;

/// <summary>One colour for each figure, the same everywhere.</summary>
internal static class Theme
{
    internal static readonly Style Strong = new(decoration: Decoration.Bold);
    internal static readonly Style Quiet = new(Color.Grey);
    internal static readonly Style Mutations = new(Color.Green);
    internal static readonly Style Inconsistencies = new(Color.Red);
    internal static readonly Style Errors = new(Color.Yellow);
    internal static readonly Style Average = new(Color.Blue);

    /// <summary>A zero is good news and needs no colour.</summary>
    internal static Style OfCount(long count, Style style) => count == 0 ? Style.Plain : style;
}
