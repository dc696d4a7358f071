using System.Globalization;
using System.Text.Json;
using DistributedLocking.Benchmarks.Measurement;
using DistributedLocking.Benchmarks.Stores;

namespace DistributedLocking.Benchmarks.Workers;

/// <summary>Processes whose callers all want the same key.</summary>
internal sealed class WorkerGroup : IContender<ContendedSample>
{
    private readonly Store _store;
    private readonly ChildProcess[] _processes;

    internal WorkerGroup(Store store, int processes, WorkerPlan plan)
    {
        _store = store;
        Plan = plan;
        _processes = [.. Enumerable.Range(0, processes).Select(_ => ChildProcess.Start(store, WorkerCommand.Arguments(plan)))];
    }

    internal int Processes => _processes.Length;

    internal WorkerPlan Plan { get; }

    public async Task<ContendedSample> TakeTurnAsync(TimeSpan length)
    {
        await PrepareAsync();
        var commands = await _store.CountCommandsAsync();
        var running = RunAsync(length);
        var connections = await ConnectionPeak.WatchAsync(_store, running);
        return new ContendedSample(await running, length, connections, await _store.CountCommandsAsync() - commands);
    }

    /// <summary>Makes the locks, their first connections and warm code.</summary>
    internal Task PrepareAsync() => Task.WhenAll(_processes.Select(process => process.AskAsync(WorkerCommand.Prepare, ChildProcess.Patience)));

    /// <summary>
    /// Has all callers begin; a turn of theirs ends with the acquisition that is under way at its end.
    /// </summary>
    internal async Task<WorkerResult[]> RunAsync(TimeSpan length)
    {
        var order = ((int)length.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        var answers = await Task.WhenAll(_processes.Select(process => process.AskAsync(order, length + ChildProcess.Patience)));
        return [.. answers.Select(answer => JsonSerializer.Deserialize<WorkerResult>(answer)!)];
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_processes.Select(process => process.DisposeAsync().AsTask()));
}
