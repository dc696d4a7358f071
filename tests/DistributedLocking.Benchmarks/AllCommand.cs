using System.CommandLine;
using DistributedLocking.Benchmarks.Reporting;
using DistributedLocking.Benchmarks.Scenarios;
using DistributedLocking.Benchmarks.Stores;

namespace DistributedLocking.Benchmarks;

/// <summary>
/// The command that runs all scenarios on Redis, as they are by default, and prints one table of all figures that have
/// a target.
/// </summary>
internal static class AllCommand
{
    internal static Command Create(IReadOnlyList<IScenario> scenarios)
    {
        var output = new ReportOutput();
        var command = new Command("all", "All scenarios on Redis, in one table with targets; as JSON or Markdown with the scenarios' own tables too.");
        output.AddTo(command);
        command.SetAction((arguments, cancellationToken) => StoreUser.RunAsync(RedisStore.StoreName, async store =>
        {
            var reports = new List<Report>();
            foreach (var scenario in scenarios)
            {
                await Console.Error.WriteLineAsync($"{scenario.Name} ...");
                reports.Add(await scenario.RunAsync(ScenarioContext.Default(scenario, store), cancellationToken));
            }

            var findings = FindingsTable.Create(store.Description, reports.SelectMany(report => report.Findings));
            output.Write(arguments, output.IsForFile(arguments) ? [findings, .. reports.Select(report => report.Table)] : [findings]);
        }));
        return command;
    }
}
