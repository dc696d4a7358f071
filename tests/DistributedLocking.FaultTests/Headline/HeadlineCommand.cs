using System.Globalization;
using DistributedLocking.FaultTests.Nemesis;
using DistributedLocking.FaultTests.Stores;

namespace DistributedLocking.FaultTests.Headline;

/// <summary>The table of lost updates: <c>table [store]</c>, each cell as long as the environment says.</summary>
internal static class HeadlineCommand
{
    internal const string Name = "table";

    internal static async Task<int> RunAsync(IReadOnlyList<StoreKind> kinds)
    {
        var settings = NemesisSettings.FromEnvironment();
        await PrintAsync(
            $"Lost updates with leases of {Text(HeadlineCell.TimeToLive)} and pauses of {Text(HeadlineCell.Pause)}; {Text(settings.Time)} a cell. {settings}\n");
        await PrintAsync("| | no lock | lock | lock, and a look before the write | lock and guard |\n|---|---|---|---|---|");
        foreach (var kind in kinds)
        {
            List<HeadlineCell> cells = [];
            await using var store = await StoreUnderTest.StartAsync(kind);
            foreach (var mode in Enum.GetValues<HeadlineMode>())
            {
                cells.Add(await HeadlineCell.MeasureAsync(store, mode, settings.Seed, settings.Time));
            }

            await PrintAsync($"| {kind} | {string.Join(" | ", cells)} |");
        }

        return 0;
    }

    private static Task PrintAsync(string text) => Console.Out.WriteLineAsync(text);

    private static string Text(TimeSpan time) => time.TotalSeconds.ToString("0.# s", CultureInfo.InvariantCulture);
}
