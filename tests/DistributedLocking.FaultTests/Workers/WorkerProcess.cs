using System.Diagnostics;
using DistributedLocking.Testing.Conformance.Workers;
using DistributedLocking.TestKit;

namespace DistributedLocking.FaultTests.Workers;

/// <summary>A worker process, seen from its parent.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    internal const string Command = "worker";
    internal const string Ready = "ready";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly Process _process;
    private readonly Task<string> _errors;
    private readonly int _id;

    private WorkerProcess(Process process)
    {
        _process = process;
        _id = process.Id;
        _errors = process.StandardError.ReadToEndAsync();
    }

    internal bool HasEnded => _process.HasExited;

    /// <summary>Starts a worker and waits until it works.</summary>
    internal static async Task<WorkerProcess> StartAsync(WorkerPlan plan)
    {
        var command = WorkerCommand.ForAssembly(typeof(WorkerProcess).Assembly.Location, Command, plan.ToArgument());
        var start = new ProcessStartInfo(command.FileName, command.Arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Several on two cores: compiling less is starting sooner.
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_gcServer"] = "0";
        var worker = new WorkerProcess(Process.Start(start)!);
        if (await worker._process.StandardOutput.ReadLineAsync().WaitAsync(Patience, TimeProvider.System) != Ready)
        {
            throw new InvalidOperationException($"The worker did not start: {await worker._errors}");
        }

        return worker;
    }

    internal void Stop() => UnixSignal.TrySend(_id, UnixSignal.Stop);

    internal void Continue() => UnixSignal.TrySend(_id, UnixSignal.Continue);

    /// <summary>Whether the process is stopped, by itself or by others.</summary>
    internal bool IsStopped() => ProcessTable.IsStopped(_id);

    /// <summary>Kills the process. It has no chance to release anything.</summary>
    internal async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Lets the process end by itself.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    internal async Task EndAsync()
    {
        _process.StandardInput.Close();
        using var bound = new CancellationTokenSource(Patience, TimeProvider.System);
        var exit = _process.WaitForExitAsync(bound.Token);
        while (!exit.IsCompleted)
        {
            // It may stop itself once more before it notices.
            Continue();
            await Task.WhenAny(exit, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System));
        }

        await exit;
        if (_process.ExitCode != 0)
        {
            throw new InvalidOperationException($"A worker ended with {_process.ExitCode}: {await _errors}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }
}
