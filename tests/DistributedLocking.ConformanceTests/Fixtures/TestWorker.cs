using DistributedLocking.Testing.Conformance.Workers;

namespace DistributedLocking.ConformanceTests.Fixtures;

/// <summary>The command of a worker with the lock that the arguments name.</summary>
internal static class TestWorker
{
    internal static WorkerCommand Command(params string[] arguments) =>
        WorkerCommand.ForAssembly(TestKit.TestWorker.Path, arguments);
}
