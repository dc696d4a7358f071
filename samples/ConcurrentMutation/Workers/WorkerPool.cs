using ConcurrentMutation.Figures;
using ConcurrentMutation.Options;
using ConcurrentMutation.Stages;

namespace ConcurrentMutation.Workers;

/// <summary>All worker processes of a run.</summary>
internal sealed class WorkerPool : IAsyncDisposable
{
    /// <summary>Long enough for the start message to arrive everywhere, so that all begin at the same moment.</summary>
    private static readonly TimeSpan StartDelay = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    private readonly IReadOnlyList<WorkerProcess> processes;

    private WorkerPool(IReadOnlyList<WorkerProcess> processes) => this.processes = processes;

    /// <summary>What the workers reported last about the stage that runs or ran.</summary>
    internal IReadOnlyList<WorkerFigures> Figures => [.. processes.SelectMany(process => process.Figures)];

    /// <summary>Starts the processes and waits until all have their connections.</summary>
    /// <exception cref="Run.DemoException">A process failed.</exception>
    internal static async Task<WorkerPool> StartAsync(DemoOptions options, CancellationToken cancellationToken)
    {
        var pool = new WorkerPool([.. Enumerable.Range(0, options.Processes).Select(_ => WorkerProcess.Start())]);
        try
        {
            await pool.SynchronizeAsync(process => process.SendAsync(new Configure(options)), cancellationToken);
            return pool;
        }
        catch
        {
            await pool.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Runs a stage: gets every process ready, starts all at the same moment, and waits for the last.
    /// </summary>
    /// <param name="stage">The stage.</param>
    /// <param name="cancellationToken">
    /// Ends the stage early. What was measured until then is in <see cref="Figures"/>.
    /// </param>
    /// <exception cref="Run.DemoException">A process failed.</exception>
    internal async Task RunAsync(Stage stage, CancellationToken cancellationToken)
    {
        await SynchronizeAsync(process => process.PrepareAsync(new Prepare(stage)), cancellationToken);

        var time = TimeProvider.System;
        var start = new Start(time.GetTimestamp() + (long)(StartDelay.TotalSeconds * time.TimestampFrequency));
        await Task.WhenAll(processes.Select(process => process.SendAsync(start)));

        var finished = WhenAllOrFirstFailure(processes.Select(process => process.WaitUntilFinishedAsync()));
        try
        {
            await finished.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(processes.Select(process => process.SendAsync(new Stop())));

            // One that does not answer is killed when the pool is disposed.
            await finished.WaitAsync(StopTimeout, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(processes.Select(process => process.DisposeAsync().AsTask()));

    private async Task SynchronizeAsync(Func<WorkerProcess, Task> send, CancellationToken cancellationToken)
    {
        await Task.WhenAll(processes.Select(send));
        await WhenAllOrFirstFailure(processes.Select(process => process.WaitUntilReadyAsync())).WaitAsync(cancellationToken);
    }

    /// <summary>A dead process must not leave the run waiting for the living ones.</summary>
    private static async Task WhenAllOrFirstFailure(IEnumerable<Task> tasks)
    {
        await foreach (var task in Task.WhenEach(tasks))
        {
            await task;
        }
    }
}
