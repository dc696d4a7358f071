using System.Globalization;
using DistributedLocking.FaultTests.Histories;
using DistributedLocking.FaultTests.Nemesis;
using DistributedLocking.FaultTests.Stores;
using DistributedLocking.FaultTests.Workers;

namespace DistributedLocking.FaultTests.Headline;

/// <summary>What became of the updates that were acknowledged.</summary>
/// <param name="Written">How many updates were acknowledged.</param>
/// <param name="Lost">How many of them are not in the number.</param>
/// <param name="Refused">How many the guard refused, which were not acknowledged.</param>
internal sealed record HeadlineCell(long Written, long Lost, long Refused)
{
    private const int Workers = 4;

    /// <summary>How many turns of a hundred are interrupted between reading and writing.</summary>
    private const int StopsInHundred = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    internal static TimeSpan TimeToLive => TimeSpan.FromSeconds(1);

    internal static TimeSpan Pause => TimeSpan.FromSeconds(2.5);

    /// <summary>Lets processes count for a while, each of which is stopped now and then.</summary>
    internal static async Task<HeadlineCell> MeasureAsync(StoreUnderTest store, HeadlineMode mode, int seed, TimeSpan time)
    {
        var directory = Directory.CreateTempSubdirectory("headline-").FullName;
        var key = mode.ToString();
        await using (var crew = await WorkerCrew.StartAsync(
            new WorkerPlan
            {
                HistoryDirectory = directory,
                Name = "",
                Store = store.DirectAddress,
                Seed = seed,
                Keys = [key],
                ShortestTimeToLive = TimeToLive,
                LongestTimeToLive = TimeToLive,
                LongestThought = TimeSpan.FromMilliseconds(50),
                UsesLock = mode != HeadlineMode.NoLock,
                Looks = mode is HeadlineMode.LockAndLook,
                UsesGuard = mode is HeadlineMode.LockAndGuard,
                Varies = false,
                StopsInHundred = StopsInHundred,
                CommandTimeout = TimeSpan.FromSeconds(30),
            },
            Workers))
        {
            using var end = new CancellationTokenSource();
            var continuing = Task.WhenAll(crew.Workers.Select(worker => ContinueAsync(worker, end.Token)));

            // Processes take their time to start on a busy machine.
            await UntilWrittenAsync(directory, key);
            end.CancelAfter(time);
            await continuing;
            await crew.EndAsync();
        }

        var (written, refused, _) = HistoryChecker.Count(HistoryWriter.Read(directory), key);
        await using var counter = store.DirectAddress.CreateCounter();
        var number = await counter.ReadAsync(key, token: null, CancellationToken.None);
        Directory.Delete(directory, recursive: true);
        return new HeadlineCell(written, written - number, refused);
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Lost:N0} of {Written:N0}{(Lost > 0 ? $" ({100.0 * Lost / Written:0} %)" : "")}{(Refused > 0 ? $", {Refused} refused" : "")}");

    /// <summary>Waits for the first update.</summary>
    private static async Task UntilWrittenAsync(string directory, string key)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (HistoryChecker.Count(HistoryWriter.Read(directory), key).Written == 0)
        {
            if (TimeProvider.System.GetElapsedTime(start) > Patience)
            {
                throw new TimeoutException($"No worker wrote anything within {Patience}.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>Continues a process some time after it has stopped itself.</summary>
    private static async Task ContinueAsync(WorkerProcess worker, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            if (worker.IsStopped())
            {
                await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
                worker.Continue();
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, CancellationToken.None);
        }
    }
}
