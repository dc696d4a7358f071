using DistributedLocking.Benchmarks.Stores;

namespace DistributedLocking.Benchmarks.Workers;

/// <summary>Processes whose callers all want the same key.</summary>
internal sealed class WorkerGroup : IAsyncDisposable
{
    private readonly Store _store;
    private readonly WorkerProcess[] _processes;

    internal WorkerGroup(Store store, string mode, int processes, int callers)
    {
        _store = store;
        Callers = callers;
        _processes = new WorkerProcess[processes];
        for (var i = 0; i < processes; i++)
        {
            _processes[i] = WorkerProcess.Start(store, mode, callers);
        }
    }

    internal int Processes => _processes.Length;

    /// <summary>The callers of each process.</summary>
    internal int Callers { get; }

    /// <summary>Gives the group one turn.</summary>
    internal async Task<ContendedSample> RunAsync(TimeSpan length)
    {
        await Task.WhenAll(_processes.Select(process => process.PrepareAsync()));
        var running = Task.WhenAll(_processes.Select(process => process.RunAsync(length)));
        var connections = await ConnectionPeak.WatchAsync(_store, running);
        return new ContendedSample(await running, length, connections);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }
    }
}
