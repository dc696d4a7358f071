using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace DistributedLocking.Samples.Tests.EndToEnd;

/// <summary>A sample that runs as a user would run it, with its output in a pipe.</summary>
internal sealed class SampleProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly StringBuilder output = new();
    private readonly Process process;
    private readonly Task<string> errors;

    private SampleProcess(Process process)
    {
        this.process = process;
        errors = process.StandardError.ReadToEndAsync();
    }

    internal int Id => process.Id;

    internal static SampleProcess Start(string name, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, $"{name}.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var variable in start.Environment.Keys.Where(key => key.StartsWith("DEMO_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(variable);
        }

        return new SampleProcess(Process.Start(start)!);
    }

    /// <summary>Waits for a line that contains a text.</summary>
    internal async Task<string> WaitForLineAsync(string text)
    {
        while (await ReadLineAsync() is { } line)
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"The sample ended without a line with '{text}':\n{output}\n{await errors}");
    }

    /// <summary>Waits for the end.</summary>
    internal async Task<(int ExitCode, string Output, string Errors)> WaitForEndAsync()
    {
        while (await ReadLineAsync() is not null)
        {
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TimeProvider.System, TestContext.Current.CancellationToken);
        return (process.ExitCode, output.ToString(), await errors);
    }

    internal void Signal(PosixSignal signal)
    {
        using var kill = Process.Start("kill", [signal == PosixSignal.SIGINT ? "-INT" : "-TERM", $"{process.Id}"]);
        kill.WaitForExit();
    }

    internal void Kill() => process.Kill();

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
    }

    private async Task<string?> ReadLineAsync()
    {
        var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)
            .AsTask().WaitAsync(Patience, TimeProvider.System, TestContext.Current.CancellationToken);
        output.AppendLine(line);
        return line;
    }
}
