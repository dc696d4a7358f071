using System.Diagnostics;
using DistributedLocking.FaultTests.Histories;
using DistributedLocking.FaultTests.Stores;
using DistributedLocking.FaultTests.Workers;

namespace DistributedLocking.FaultTests.Nemesis;

/// <summary>Workers work, faults happen one after the other, and the history of it all is checked.</summary>
internal static class NemesisRun
{
    private const int Workers = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan ShortestTimeToLive = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestTimeToLive = TimeSpan.FromMilliseconds(1200);

    /// <summary>Where a fail-over takes seconds, leases outlive it, as they do with the default time to live.</summary>
    private const int FailOverFactor = 25;

    /// <summary>
    /// What the checker allows a forgotten lock: MySQL's row locks are rounded up to whole seconds, and a server may be
    /// slow to end what it was told to.
    /// </summary>
    private static readonly TimeSpan LongestAfterlife = LongestTimeToLive + TimeSpan.FromSeconds(2);

    internal static async Task<NemesisReport> RunAsync(StoreKind kind, NemesisSettings settings)
    {
        var directory = Directory.CreateTempSubdirectory("nemesis-").FullName;
        var random = new Random(settings.Seed);
        await using var store = await StoreUnderTest.StartAsync(kind);
        var plan = new WorkerPlan
        {
            HistoryDirectory = directory,
            Name = "",
            Store = store.Address,
            Seed = settings.Seed,
            Keys = kind.FailsOver() ? ["a", "b", "c", "d", "e", "f"] : ["a", "b"],
            ShortestTimeToLive = ShortestTimeToLive * (kind.FailsOver() ? FailOverFactor : 1),
            LongestTimeToLive = LongestTimeToLive * (kind.FailsOver() ? FailOverFactor : 1),
            LongestThought = TimeSpan.FromMilliseconds(150),
            SharesToo = true,
        };
        Dictionary<string, int> made;
        await using (var crew = await WorkerCrew.StartAsync(plan, Workers, store.AddressFor))
        {
            await WaitForGrantAsync(directory);
            using (var writer = new HistoryWriter(directory, "nemesis"))
            {
                made = await MakeFaultsAsync(new NemesisFaults(store, crew, writer, random), random, settings.Time);
            }

            await crew.EndAsync();
        }

        var history = HistoryWriter.Read(directory);
        List<string> violations = [.. HistoryChecker.Check(history, LongestAfterlife), .. await CheckStoreAsync(store, plan.Keys, history)];
        if (violations.Count == 0)
        {
            Directory.Delete(directory, recursive: true);
        }
        else
        {
            violations.Add($"The history is in {directory}.");
        }

        var counts = plan.Keys.Select(key => HistoryChecker.Count(history, key)).ToList();
        return new NemesisReport(
            made,
            history.Count,
            history.Count(entry => entry.Kind == HistoryKind.Granted),
            history.Count(entry => entry.Kind == HistoryKind.Lost),
            counts.Sum(count => count.Written),
            counts.Sum(count => count.Refused),
            violations);
    }

    /// <summary>A busy machine takes its time to get going, and faults that nobody suffers prove nothing.</summary>
    private static async Task WaitForGrantAsync(string directory)
    {
        var start = Stopwatch.GetTimestamp();
        while (!HistoryWriter.Read(directory).Any(entry => entry.Kind == HistoryKind.Granted) && Stopwatch.GetElapsedTime(start) < Patience)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    private static async Task<Dictionary<string, int>> MakeFaultsAsync(NemesisFaults faults, Random random, TimeSpan time)
    {
        var made = faults.All.ToDictionary(fault => fault.Name, _ => 0, StringComparer.Ordinal);
        var start = Stopwatch.GetTimestamp();
        do
        {
            // A pause has nothing to do with what happens to the network, so the two may come together.
            var all = faults.All;
            var (name, make) = all[random.Next(all.Count)];
            made[name]++;
            var second = random.Next(3) == 0 ? all[random.Next(2)] : default;
            if (second.Name is not null)
            {
                made[second.Name]++;
            }

            await Task.WhenAll(make(), second.Make?.Invoke() ?? Task.CompletedTask);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(100, 500)), TimeProvider.System);
        }
        while (Stopwatch.GetElapsedTime(start) < time);

        return made;
    }

    /// <summary>No orphans, every lock can be had, and no number has lost an update.</summary>
    private static async Task<IReadOnlyList<string>> CheckStoreAsync(StoreUnderTest store, IReadOnlyList<string> keys, IReadOnlyList<HistoryEvent> history)
    {
        List<string> violations = [];
        var start = Stopwatch.GetTimestamp();
        IReadOnlyList<string> orphans;
        while ((orphans = await store.FindOrphansAsync()).Count > 0 && Stopwatch.GetElapsedTime(start) < Patience)
        {
            // What was killed, or could not be released during a fault, lapses.
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        violations.AddRange(orphans.Select(orphan => $"An orphan is left: {orphan}"));
        await using var locks = store.NewLock(isDirect: true);
        await using var counter = store.DirectAddress.CreateCounter();
        foreach (var key in keys)
        {
            await using var handle = await locks.TryAcquireAsync(key, new AcquireOptions { WaitTimeout = Patience });
            if (handle is null)
            {
                violations.Add($"{key} did not become free.");
                continue;
            }

            violations.AddRange(await CheckSharedAsync(locks, key));
            violations.AddRange(HistoryChecker.CheckCounter(history, key, await counter.ReadAsync(key, handle.FencingToken, CancellationToken.None)));
        }

        return violations;
    }

    /// <summary>Of what nobody holds any more, a writer and a semaphore's only holder can have all.</summary>
    private static async Task<IReadOnlyList<string>> CheckSharedAsync(DistributedLock locks, string key)
    {
        var options = new AcquireOptions { WaitTimeout = Patience };
        try
        {
            await using var writer = await locks.TryAcquireWriteLockAsync(key, options);
            await using var permit = await ((IDistributedSemaphore)locks).TryAcquireAsync(key, 1, options);
            return writer is null || permit is null ? [$"The reader-writer lock or the semaphore of {key} did not become free."] : [];
        }
        catch (NotSupportedException)
        {
            return [];
        }
    }
}
