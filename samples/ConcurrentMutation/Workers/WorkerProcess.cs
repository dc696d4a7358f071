using System.Diagnostics;
using System.Reflection;
using ConcurrentMutation.Figures;
using ConcurrentMutation.Options;
using ConcurrentMutation.Run;

namespace ConcurrentMutation.Workers;

/// <summary>The parent's side of one worker process.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private static readonly TimeSpan ExitTimeout = TimeSpan.FromSeconds(5);

    private readonly Process process;
    private readonly MessageWriter input;
    private IReadOnlyList<WorkerFigures> figures = [];

    private WorkerProcess(Process process)
    {
        this.process = process;
        input = new MessageWriter(process.StandardInput.BaseStream);
    }

    /// <summary>What the process reported last about the stage that runs or ran.</summary>
    internal IReadOnlyList<WorkerFigures> Figures => Volatile.Read(ref figures);

    internal static WorkerProcess Start()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };

        // Under "dotnet ConcurrentMutation.dll" the process is the host, and has to be told what to run.
        if (string.Equals(Path.GetFileNameWithoutExtension(Environment.ProcessPath), "dotnet", StringComparison.OrdinalIgnoreCase))
        {
            start.ArgumentList.Add(Assembly.GetExecutingAssembly().Location);
        }

        start.ArgumentList.Add(CommandLine.WorkerCommand);
        return new WorkerProcess(Process.Start(start)!);
    }

    internal Task SendAsync(Message message) => input.WriteAsync(message);

    /// <summary>Waits until the process is ready for the next message.</summary>
    /// <exception cref="DemoException">The process failed or ended.</exception>
    internal async Task WaitUntilReadyAsync()
    {
        while (await ReceiveAsync() is not Ready)
        {
        }
    }

    /// <summary>Forgets the figures of the stage before, and prepares the next one.</summary>
    internal Task PrepareAsync(Prepare message)
    {
        Volatile.Write(ref figures, []);
        return SendAsync(message);
    }

    /// <summary>Takes in the process's reports until the stage is over there.</summary>
    /// <exception cref="DemoException">The process failed or ended.</exception>
    internal async Task WaitUntilFinishedAsync()
    {
        while (true)
        {
            switch (await ReceiveAsync())
            {
                case Progress progress:
                    Volatile.Write(ref figures, progress.Workers);
                    break;
                case Finished finished:
                    Volatile.Write(ref figures, finished.Workers);
                    return;
                default:
                    break;
            }
        }
    }

    /// <summary>Closes the process's standard input, which ends it, and kills it when it does not end.</summary>
    public async ValueTask DisposeAsync()
    {
        await input.DisposeAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(ExitTimeout, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            process.Kill();
        }

        process.Dispose();
    }

    private async Task<Message> ReceiveAsync()
    {
        var line = await process.StandardOutput.ReadLineAsync();
        if (line is null)
        {
            await process.WaitForExitAsync().WaitAsync(ExitTimeout, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new DemoException($"worker process {process.Id} ended unexpectedly{(process.HasExited ? $" with exit code {process.ExitCode}" : "")}");
        }

        var message = MessageText.Read(line);
        return message is Failed failed ? throw new DemoException($"worker process {process.Id} failed: {failed.Reason}") : message;
    }
}
