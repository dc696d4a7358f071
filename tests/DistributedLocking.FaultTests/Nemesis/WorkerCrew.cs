using System.Globalization;
using DistributedLocking.FaultTests.Stores;
using DistributedLocking.FaultTests.Workers;

namespace DistributedLocking.FaultTests.Nemesis;

/// <summary>The worker processes of a run.</summary>
internal sealed class WorkerCrew : IAsyncDisposable
{
    private readonly WorkerPlan _plan;
    private readonly Func<int, StoreAddress> _addressOf;
    private readonly List<WorkerProcess> _workers = [];
    private int _started;

    private WorkerCrew(WorkerPlan plan, Func<int, StoreAddress>? addressOf)
    {
        _plan = plan;
        _addressOf = addressOf ?? (_ => plan.Store);
    }

    /// <summary>Starts workers that differ in name and seed.</summary>
    internal static async Task<WorkerCrew> StartAsync(WorkerPlan plan, int count, Func<int, StoreAddress>? addressOf = null)
    {
        var crew = new WorkerCrew(plan, addressOf);
        crew._workers.AddRange(await Task.WhenAll(Enumerable.Range(0, count).Select(_ => crew.StartOneAsync())));
        return crew;
    }

    internal IReadOnlyList<WorkerProcess> Workers => _workers;

    internal async Task PauseAsync(Random random, TimeSpan time)
    {
        var worker = _workers[random.Next(_workers.Count)];
        worker.Stop();
        await Task.Delay(time, TimeProvider.System);
        worker.Continue();
    }

    /// <summary>Kills a worker and starts another one.</summary>
    internal async Task ReplaceAsync(Random random)
    {
        var place = random.Next(_workers.Count);
        await _workers[place].DisposeAsync();
        _workers[place] = await StartOneAsync();
    }

    /// <summary>Lets all workers end by themselves.</summary>
    internal Task EndAsync() => Task.WhenAll(_workers.Select(worker => worker.EndAsync()));

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers)
        {
            await worker.DisposeAsync();
        }
    }

    private Task<WorkerProcess> StartOneAsync()
    {
        var number = Interlocked.Increment(ref _started);
        return WorkerProcess.StartAsync(_plan with
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"worker-{number}"),
            Store = _addressOf(number),
            Seed = unchecked(_plan.Seed + (number * 7919)),
        });
    }
}
