using System.Diagnostics;
using DistributedLocking.Benchmarks.Stores;

namespace DistributedLocking.Benchmarks.Workers;

/// <summary>
/// This program once more, with one of its hidden commands, which answers each line that it is told with a line.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _arguments;

    private ChildProcess(Process process, string arguments)
    {
        _process = process;
        _arguments = arguments;
    }

    internal static ChildProcess Start(Store store, IEnumerable<string> arguments)
    {
        // Not the path of the running program, which may be dotnet.
        var program = Path.Combine(AppContext.BaseDirectory, typeof(ChildProcess).Assembly.GetName().Name + (OperatingSystem.IsWindows() ? ".exe" : ""));
        var start = new ProcessStartInfo(program, [.. arguments, "--database", store.Name])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false,
        };
        start.Environment[store.Address.Key] = store.Address.Value;
        return new ChildProcess(Process.Start(start)!, string.Join(' ', start.ArgumentList));
    }

    /// <summary>Tells it a line, and returns its answer.</summary>
    /// <exception cref="InvalidOperationException">It ended, or did not answer in time.</exception>
    internal async Task<string> AskAsync(string line, TimeSpan patience)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
        try
        {
            return await _process.StandardOutput.ReadLineAsync().WaitAsync(patience, TimeProvider.System)
                ?? throw new InvalidOperationException($"A worker process ended; its errors are above. It was: {_arguments}");
        }
        catch (TimeoutException e)
        {
            throw new InvalidOperationException($"A worker process did not answer '{line}' within {patience.TotalSeconds} seconds. It was: {_arguments}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        using (_process)
        {
            // The end of its input ends it, unless it is in the middle of a turn that failed elsewhere.
            _process.StandardInput.Close();
            try
            {
                await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System);
            }
            catch (TimeoutException)
            {
                _process.Kill();
            }
        }
    }
}
