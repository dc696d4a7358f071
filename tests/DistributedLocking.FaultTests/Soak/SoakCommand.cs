using System.Diagnostics;
using DistributedLocking.FaultTests.Histories;
using DistributedLocking.FaultTests.Nemesis;
using DistributedLocking.FaultTests.Stores;

namespace DistributedLocking.FaultTests.Soak;

/// <summary>
/// Many callers and faults for as long as the environment says, and then a look at what is left of it: <c>soak
/// [store]</c>. A process of its own, since nothing else may come and go in it meanwhile.
/// </summary>
internal static class SoakCommand
{
    internal const string Name = "soak";

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(90);

    internal static async Task<int> RunAsync(IReadOnlyList<StoreKind> kinds)
    {
        var isSound = true;
        foreach (var kind in kinds)
        {
            var settings = NemesisSettings.FromEnvironment();
            await Console.Out.WriteLineAsync($"{kind}: {settings}");
            isSound &= await RunAsync(kind, settings);
        }

        return isSound ? 0 : 1;
    }

    private static async Task<bool> RunAsync(StoreKind kind, NemesisSettings settings)
    {
        await using var store = await StoreUnderTest.StartAsync(kind);

        // What the runtime and the drivers make once and keep.
        await LoadAsync(store, settings.Seed, WarmUp, makesFaults: false);
        await Task.Delay(WarmUp, TimeProvider.System);
        var before = await Footprint.TakeAsync(store);
        await Console.Out.WriteLineAsync($"before: {before}");
        await Console.Out.WriteLineAsync(await LoadAsync(store, settings.Seed, settings.Time, makesFaults: true));

        var start = Stopwatch.GetTimestamp();
        Footprint after;
        while (!(after = await Footprint.TakeAsync(store)).IsBackAt(before) && Stopwatch.GetElapsedTime(start) < Settling)
        {
            // Threads of the pool end after a while, and what could not be released lapses.
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        }

        await Console.Out.WriteLineAsync($"after:  {after}\n");
        return after.IsBackAt(before);
    }

    private static async Task<string> LoadAsync(StoreUnderTest store, int seed, TimeSpan time, bool makesFaults)
    {
        var faults = 0;
        var directory = Directory.CreateTempSubdirectory("soak-").FullName;
        var load = new SoakLoad(store, seed);
        await using (load)
        {
            using var history = new HistoryWriter(directory, "soak");
            var random = new Random(seed);
            var all = new NemesisFaults(store, crew: null, history, random).All;
            var start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start) < time)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(100, 1000)), TimeProvider.System);
                if (makesFaults && all.Count > 0)
                {
                    faults++;
                    await all[random.Next(all.Count)].Make();
                }
            }
        }

        Directory.Delete(directory, recursive: true);
        return FormattableString.Invariant($"{load.Grants} grants, {load.Failures} failed calls, {faults} faults");
    }
}
