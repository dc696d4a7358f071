using System.Diagnostics;
using DistributedLocking.Benchmarks.Measurement;
using DistributedLocking.Benchmarks.Subjects;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedLocking.Benchmarks.Workers;

/// <summary>Callers of one process that want the same key again and again.</summary>
internal sealed class ContendingCallers(ServiceProvider services, WorkerPlan plan) : IAsyncDisposable
{
    /// <summary>What all of them want.</summary>
    internal const string Key = "contended";

    private const int WarmUpCycles = 200;

    private readonly IDistributedLock _locks = services.GetRequiredService<IDistributedLock>();

    /// <summary>Connects, and has the code compiled.</summary>
    internal async Task WarmUpAsync()
    {
        var key = $"warm-up:{Environment.ProcessId}";
        for (var i = 0; i < WarmUpCycles; i++)
        {
            await using var handle = await _locks.AcquireAsync(key);
        }
    }

    internal async Task<WorkerResult> RunAsync(TimeSpan length)
    {
        var compiled = CompiledMethods.Watch();
        var end = Stopwatch.GetTimestamp() + (long)(length.TotalSeconds * Stopwatch.Frequency);
        var callers = await Task.WhenAll(Enumerable.Range(0, plan.Callers).Select(_ => Task.Run(() => CallAsync(end))));
        return new WorkerResult(
            [.. callers.Select(caller => caller.Acquisitions)],
            LatencyHistogram.Merge(callers.Select(caller => caller.Waits)),
            LatencyHistogram.Merge(callers.Select(caller => caller.Holds)),
            compiled.Count);
    }

    public ValueTask DisposeAsync() => services.DisposeAsync();

    private async Task<(int Acquisitions, LatencyHistogram Waits, LatencyHistogram Holds)> CallAsync(long end)
    {
        var acquisitions = 0;
        var waits = new LatencyHistogram();
        var holds = new LatencyHistogram();
        while (Stopwatch.GetTimestamp() is var start && start < end)
        {
            var handle = await _locks.AcquireAsync(Key, WaitingLock.Patient);
            var acquired = Stopwatch.GetTimestamp();
            waits.Add(start, acquired);
            acquisitions += acquired <= end ? 1 : 0;
            await SpendAsync(plan.Hold);
            holds.Add(acquired, Stopwatch.GetTimestamp());
            if (!await handle.ReleaseAsync())
            {
                throw Subject.NotReleased();
            }

            await SpendAsync(plan.Pause);
        }

        return (acquisitions, waits, holds);
    }

    private static Task SpendAsync(TimeSpan time) => time > TimeSpan.Zero ? Task.Delay(time, TimeProvider.System) : Task.CompletedTask;
}
