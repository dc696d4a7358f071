using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DistributedLocking.Benchmarks.Stores;

namespace DistributedLocking.Benchmarks.Workers;

/// <summary>A child process that runs <see cref="WorkerCommand"/>.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private WorkerProcess(Process process) => _process = process;

    internal static WorkerProcess Start(Store store, string mode, int callers)
    {
        // Not the path of the running program, which may be dotnet.
        var program = Path.Combine(AppContext.BaseDirectory, typeof(WorkerProcess).Assembly.GetName().Name + (OperatingSystem.IsWindows() ? ".exe" : ""));
        string[] arguments =
            [WorkerCommand.Name, "--database", store.Name, "--mode", mode, "--callers", callers.ToString(CultureInfo.InvariantCulture)];
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment[store.Address.Key] = store.Address.Value;
        return new WorkerProcess(Process.Start(start)!);
    }

    /// <summary>Makes the lock, its first connections and warm code.</summary>
    internal async Task PrepareAsync()
    {
        await _process.StandardInput.WriteLineAsync(WorkerCommand.Prepare);
        await AnswerAsync(Patience);
    }

    internal async Task<WorkerResult> RunAsync(TimeSpan length)
    {
        await _process.StandardInput.WriteLineAsync(((int)length.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
        return JsonSerializer.Deserialize<WorkerResult>(await AnswerAsync(length + Patience))!;
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

    private async Task<string> AnswerAsync(TimeSpan patience)
    {
        await _process.StandardInput.FlushAsync();
        return await _process.StandardOutput.ReadLineAsync().WaitAsync(patience, TimeProvider.System)
            ?? throw new InvalidOperationException("A worker process ended; its errors are above.");
    }
}
