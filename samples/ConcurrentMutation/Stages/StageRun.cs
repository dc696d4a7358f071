using ConcurrentMutation.Figures;
using ConcurrentMutation.Mutations;
using ConcurrentMutation.Options;

namespace ConcurrentMutation.Stages;

/// <summary>One stage in one process: a loop for each of its workers.</summary>
internal sealed class StageRun(DemoOptions options, Stage stage, IReadOnlyList<IMutation> mutations) : IDisposable
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(10);

    private readonly TimeProvider time = TimeProvider.System;
    private readonly CancellationTokenSource end = new();
    private readonly FiguresCounter[] counters = [.. mutations.Select(_ => new FiguresCounter(Environment.ProcessId))];

    internal IReadOnlyList<WorkerFigures> ReadFigures() => [.. counters.Select(counter => counter.Read())];

    /// <summary>Ends the stage early.</summary>
    internal void Stop() => end.Cancel();

    /// <summary>Runs the workers until the stage's duration is over or it is stopped.</summary>
    /// <param name="started">When the stage starts, on the machine's monotonic clock; may lie in the future.</param>
    internal async Task RunAsync(long started)
    {
        var remaining = options.Duration - time.GetElapsedTime(started);
        end.CancelAfter(remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero);
        await Task.WhenAll(mutations.Select((mutation, index) => Task.Run(() => WorkAsync(mutation, counters[index], started))));
    }

    public void Dispose() => end.Dispose();

    private async Task WorkAsync(IMutation mutation, FiguresCounter counter, long started)
    {
        try
        {
            // A benchmark, too, starts on the first point of the common grid.
            await WaitForTickAsync(started);
            while (!end.IsCancellationRequested)
            {
                await AttemptAsync(mutation, counter);
                if (!stage.IsBenchmark)
                {
                    await WaitForTickAsync(started);
                }
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The stage is over. What was under way is neither written nor counted.
        }
    }

    private Task WaitForTickAsync(long started)
    {
        var elapsed = time.GetElapsedTime(started);
        return Task.Delay(TickSchedule.After(elapsed, options.Interval) - elapsed, time, end.Token);
    }

    private async Task AttemptAsync(IMutation mutation, FiguresCounter counter)
    {
        var begun = time.GetTimestamp();
        try
        {
            var outcome = await DeadlockRetry.RunAsync(mutation, stage.IsBenchmark ? TimeSpan.Zero : options.Work, counter, end.Token);
            counter.Add(outcome, time.GetElapsedTime(begun));
        }
        catch (Exception exception) when (ErrorCause.Of(exception) is { } cause)
        {
            counter.AddError(cause, time.GetElapsedTime(begun));
            await Task.Delay(PauseAfterFailure, time, end.Token);
        }
    }
}
