using System.CommandLine;
using DistributedLocking.Benchmarks;
using DistributedLocking.Benchmarks.Allocations;
using DistributedLocking.Benchmarks.HandOff;
using DistributedLocking.Benchmarks.Scenarios;
using DistributedLocking.Benchmarks.Workers;

// A new scenario is a class in Scenarios and a line here.
IScenario[] scenarios =
[
    new UncontendedScenario(), new HandOffScenario(), new ContendedScenario(), new PacedScenario(),
    new WaitingScenario(), new RenewalScenario(), new MemoryScenario(),
];

var root = new RootCommand(
    """
    Benchmarks of DistributedLocking against the raw driver. Contenders take short turns in a changing order; all ratios are within one run.

      all                                Redis: every scenario, one table of figures and targets
      uncontended                        Redis: raw pair, equal-work pair, lock
      uncontended --database postgresql  row locks and leases against bare statements; mysql likewise
      contended --database mysql         1 caller, 16 callers of one process, and 4 processes of 4 on one key
      modes --database postgresql        readers, writers, permits and several keys beside the plain lock
      uncontended --network 1            Redis behind a network whose bytes take a millisecond each way
      allocations                        Redis, single operations by BenchmarkDotNet
    """);
foreach (var scenario in scenarios.Append(new ModesScenario()))
{
    root.Subcommands.Add(ScenarioCommand.Create(scenario));
}

root.Subcommands.Add(AllCommand.Create(scenarios));
root.Subcommands.Add(AllocationsCommand.Create());
root.Subcommands.Add(WorkerCommand.Create());
root.Subcommands.Add(PeerCommand.Create());
return await root.Parse(args).InvokeAsync();
