using DistributedLocking.FaultTests.Headline;
using DistributedLocking.FaultTests.Nemesis;
using DistributedLocking.FaultTests.Soak;
using DistributedLocking.FaultTests.Stores;
using DistributedLocking.FaultTests.Workers;
using Xunit.Runner.InProc.SystemConsole;

return args switch
{
    [WorkerProcess.Command, var plan] => await Worker.RunAsync(plan),
    [NemesisCommand.Name, .. var kinds] => await NemesisCommand.RunAsync(StoreKinds.Parse(kinds)),
    [HeadlineCommand.Name, .. var kinds] => await HeadlineCommand.RunAsync(StoreKinds.Parse(kinds)),
    [SoakCommand.Name, .. var kinds] => await SoakCommand.RunAsync(StoreKinds.Parse(kinds)),

    // Without a command of the suite's own these are the tests.
    _ => await ConsoleRunner.Run(args),
};
