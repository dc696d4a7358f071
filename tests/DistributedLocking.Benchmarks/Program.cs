using System.CommandLine;
using DistributedLocking.Benchmarks;
using DistributedLocking.Benchmarks.Allocations;
using DistributedLocking.Benchmarks.Scenarios;
using DistributedLocking.Benchmarks.Workers;

// A new scenario is a class in Scenarios and a line here.
IScenario[] scenarios = [new UncontendedScenario(), new ContendedScenario()];

var root = new RootCommand(
    """
    Benchmarks of DistributedLocking against the raw driver. Subjects take short turns in a changing order; all ratios are within one run.

      uncontended                        Redis: raw pair, equal-work pair, lock
      uncontended --database postgresql  row locks and leases against bare statements; mysql likewise
      contended --database mysql         1 caller, 16 callers of one process, and 4 processes of 4 on one key
      allocations                        Redis, single operations by BenchmarkDotNet
    """);
foreach (var scenario in scenarios)
{
    root.Subcommands.Add(ScenarioCommand.Create(scenario));
}

root.Subcommands.Add(AllocationsCommand.Create());
root.Subcommands.Add(WorkerCommand.Create());
return await root.Parse(args).InvokeAsync();
