using System.Diagnostics;
using DistributedLocking.TestKit;

namespace DistributedLocking.Tests.FileSystem.Support;

/// <summary>A child process that takes a key and holds it until it is told to release it, or is killed.</summary>
public sealed class HolderProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private HolderProcess(Process process) => _process = process;

    public static HolderProcess Start(string directory, string key, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            ArgumentList = { "exec", TestWorker.Path, "file-holder", directory, key },
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new HolderProcess(Process.Start(start)!);
    }

    /// <summary>The next line that the process says.</summary>
    public async Task<string> ReadLineAsync() =>
        await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask()
            .WaitAsync(Patience, TimeProvider.System, TestContext.Current.CancellationToken)
        ?? throw new InvalidOperationException("The holder ended without a word.");

    public async Task<string> ReleaseAsync()
    {
        await _process.StandardInput.WriteLineAsync();
        await _process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        return await ReadLineAsync();
    }

    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
