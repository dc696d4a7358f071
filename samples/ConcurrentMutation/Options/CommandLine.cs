using System.CommandLine;
using ConcurrentMutation.Run;
using ConcurrentMutation.Workers;

namespace ConcurrentMutation.Options;

/// <summary>The program's command line.</summary>
internal static class CommandLine
{
    /// <summary>The hidden command that makes this executable a worker process.</summary>
    internal const string WorkerCommand = "worker";

    /// <summary>Runs the program.</summary>
    /// <returns>The process's exit code: one of <see cref="ExitCode"/>.</returns>
    internal static async Task<int> InvokeAsync(string[] arguments)
    {
        try
        {
            var result = CreateRoot().Parse(arguments);
            if (result.Errors is [var error, ..])
            {
                throw DemoException.BadOption(error.Message.TrimEnd('.'));
            }

            // Ctrl-C is ours: the workers have to be stopped and the figures printed. A bug should show its stack
            // trace.
            return await result.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
        }
        catch (DemoException exception)
        {
            await Console.Error.WriteLineAsync($"error: {exception.Message}");
            return exception.ExitCode;
        }
    }

    private static RootCommand CreateRoot()
    {
        var root = new RootCommand(
            "Several processes change one row of a database at the same time: without protection, under a distributed mutex, under a row lock, "
            + "and with a version check. Each option can also be set by the environment variable beside it, which keeps a password out of the list of processes.");
        var options = new Dictionary<Setting, Option<string?>>();
        foreach (var setting in Setting.All)
        {
            var option = new Option<string?>(setting.Option)
            {
                HelpName = setting.Value,
                Description = $"{setting.Description} [{setting.Variable}{(setting.Default.Length == 0 ? "" : $", default: {setting.Default}")}]",
            };
            options.Add(setting, option);
            root.Add(option);
        }

        root.SetAction(result => Demo.RunAsync(new OptionsBinder(setting => result.GetValue(options[setting]), Environment.GetEnvironmentVariable).Bind()));

        var worker = new Command(WorkerCommand) { Hidden = true };
        worker.SetAction(_ => WorkerProgram.RunAsync());
        root.Add(worker);
        return root;
    }
}
