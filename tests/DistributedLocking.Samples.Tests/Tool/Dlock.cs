using System.Diagnostics;
using System.Text;

namespace DistributedLocking.Samples.Tests.Tool;

/// <summary>A running <c>dlock</c>, as a shell starts it.</summary>
internal sealed class Dlock : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Task<string> _errors;

    private Dlock(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Starts it with the environment variable that says where the locks are.</summary>
    internal static Dlock Start((string Name, string Value)? store, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "dlock.dll"), .. Patiently(arguments)])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (store is { } named)
        {
            start.Environment[named.Name] = named.Value;
        }

        return new Dlock(Process.Start(start)!);
    }

    /// <summary>A store on a machine that is busy with tests takes its time.</summary>
    private static List<string> Patiently(IEnumerable<string> arguments)
    {
        List<string> all = [.. arguments];
        all.InsertRange(1, ["--timeout", "30s"]);
        return all;
    }

    /// <summary>Starts it and waits for its end.</summary>
    internal static async Task<(int ExitCode, string Output, string Errors)> RunAsync((string Name, string Value)? store, params IEnumerable<string> arguments)
    {
        using var dlock = Start(store, arguments);
        return await dlock.EndAsync();
    }

    /// <summary>Starts a command under the lock that says so, and ends when it reads a line.</summary>
    internal static async Task<Dlock> HoldAsync((string Name, string Value)? store, params IEnumerable<string> arguments)
    {
        var dlock = Start(store, ["run", .. arguments, "--", "sh", "-c", "echo started; read line; echo read $line"]);
        await dlock.LineAsync("started");
        return dlock;
    }

    internal async Task<string> LineAsync(string text)
    {
        while (await ReadLineAsync() is { } line)
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"dlock ended without '{text}':\n{_output}\n{await _errors}");
    }

    internal async Task<(int ExitCode, string Output, string Errors)> EndAsync()
    {
        while (await ReadLineAsync() is not null)
        {
        }

        await _process.WaitForExitAsync(Cancel).WaitAsync(Patience, TimeProvider.System, Cancel);
        return (_process.ExitCode, _output.ToString(), await _errors);
    }

    internal Task TypeAsync(string line) => _process.StandardInput.WriteLineAsync(line.AsMemory(), Cancel);

    internal void Signal(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private async Task<string?> ReadLineAsync()
    {
        var line = await _process.StandardOutput.ReadLineAsync(Cancel).AsTask().WaitAsync(Patience, TimeProvider.System, Cancel);
        _output.AppendLine(line);
        return line;
    }
}
