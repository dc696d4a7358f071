using DistributedLocking.FaultTests.Stores;

namespace DistributedLocking.FaultTests.Nemesis;

/// <summary>Random runs from the command line: <c>nemesis [store]</c>, as long as the environment says.</summary>
internal static class NemesisCommand
{
    internal const string Name = "nemesis";

    internal static async Task<int> RunAsync(IReadOnlyList<StoreKind> kinds)
    {
        var violations = 0;
        foreach (var kind in kinds)
        {
            var settings = NemesisSettings.FromEnvironment();
            await Console.Out.WriteLineAsync($"{kind}: {settings}");
            var report = await NemesisRun.RunAsync(kind, settings);
            await Console.Out.WriteLineAsync($"{report}\n");
            violations += report.Violations.Count;
        }

        return violations == 0 ? 0 : 1;
    }
}
