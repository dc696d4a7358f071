namespace ConcurrentMutation.Reporting;

/// <summary>Bars made of block characters.</summary>
internal static class Bar
{
    private const string Eighths = " ▏▎▍▌▋▊▉";

    /// <summary>Draws a bar.</summary>
    /// <param name="value">What the bar stands for.</param>
    /// <param name="maximum">The value that fills the whole width.</param>
    /// <param name="width">The width in characters.</param>
    /// <param name="unicode">Whether block characters can be shown; else the bar is made of <c>#</c>.</param>
    /// <returns>The bar without trailing blanks; a value above zero always shows something.</returns>
    internal static string Draw(double value, double maximum, int width, bool unicode = true)
    {
        if (value <= 0 || maximum <= 0 || width <= 0)
        {
            return "";
        }

        var fraction = Math.Min(1, value / maximum);
        if (!unicode)
        {
            return new string('#', Math.Max(1, (int)Math.Round(fraction * width)));
        }

        var eighths = Math.Max(1, (int)Math.Round(fraction * width * 8));
        var rest = eighths % 8;
        return new string('█', eighths / 8) + (rest == 0 ? "" : Eighths[rest]);
    }
}
