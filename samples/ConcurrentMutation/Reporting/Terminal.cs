using Spectre.Console;

namespace ConcurrentMutation.Reporting;

/// <summary>The console as it is: colours and live progress on a terminal, plain text in a pipe or a file.</summary>
internal static class Terminal
{
    /// <summary>The width of plain text: nobody can say how wide a file is.</summary>
    private const int PlainWidth = 100;

    internal static IAnsiConsole Create()
    {
        if (!Console.IsOutputRedirected)
        {
            return AnsiConsole.Console;
        }

        var plain = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(new TrimmingWriter(Console.Out)),
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        plain.Profile.Width = PlainWidth;
        plain.Profile.Capabilities.Unicode = true;
        return plain;
    }
}
