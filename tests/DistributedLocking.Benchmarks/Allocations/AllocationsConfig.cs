using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;

namespace DistributedLocking.Benchmarks.Allocations;

internal static class AllocationsConfig
{
    /// <summary>
    /// Runs in this process: BenchmarkDotNet 0.14.0 does not know .NET 10, and the project that it would generate and
    /// build inherits this repository's warnings as errors. Its emitting toolchain does not await a set-up. Allocations
    /// depend on neither; the times are only a hint.
    /// </summary>
    internal static IConfig Create() => ManualConfig.CreateEmpty()
        .AddJob(Job.Default
            .WithToolchain(InProcessNoEmitToolchain.Instance)
            .WithInvocationCount(16)
            .WithUnrollFactor(1)
            .WithWarmupCount(6)
            .WithIterationCount(10))
        .AddDiagnoser(MemoryDiagnoser.Default)
        .AddColumnProvider(DefaultColumnProviders.Instance)
        .AddLogger(ConsoleLogger.Default)
        .AddExporter(DefaultExporters.JsonFullCompressed)
        .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "DistributedLocking.Benchmarks"));
}
