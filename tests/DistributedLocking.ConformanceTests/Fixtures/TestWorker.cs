using DistributedLocking.Testing.Conformance.Workers;

namespace DistributedLocking.ConformanceTests.Fixtures;

/// <summary>The worker executable, which the build puts beside the tests.</summary>
internal static class TestWorker
{
    internal static WorkerCommand Command(params string[] arguments) =>
        WorkerCommand.ForAssembly(Path.Combine(AppContext.BaseDirectory, "DistributedLocking.TestWorker.dll"), arguments);
}
