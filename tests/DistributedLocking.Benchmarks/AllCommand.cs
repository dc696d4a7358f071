using System.CommandLine;
using DistributedLocking.Benchmarks.Reporting;
using DistributedLocking.Benchmarks.Scenarios;
using DistributedLocking.Benchmarks.Stores;

namespace DistributedLocking.Benchmarks;

/// <summary>The command that runs all scenarios on Redis, as they are by default, and prints one table of all figures that have a target.</summary>
internal static class AllCommand
{
    internal static Command Create(IReadOnlyList<IScenario> scenarios)
    {
        var json = ReportOutput.CreateJsonOption();
        var command = new Command("all", "All scenarios on Redis, in one table with targets; as JSON with the scenarios' own tables too.") { json };
        command.SetAction((arguments, cancellationToken) => StoreUser.RunAsync(RedisStore.StoreName, async store =>
        {
            var reports = new List<Report>();
            foreach (var scenario in scenarios)
            {
                await Console.Error.WriteLineAsync($"{scenario.Name} ...");
                reports.Add(await scenario.RunAsync(ScenarioContext.Default(scenario, store), cancellationToken));
            }

            var findings = FindingsTable.Create(store.Description, reports.SelectMany(report => report.Findings));
            var printsJson = arguments.GetValue(json);
            ReportOutput.Write(printsJson ? [findings, .. reports.Select(report => report.Table)] : [findings], printsJson);
        }));
        return command;
    }
}
