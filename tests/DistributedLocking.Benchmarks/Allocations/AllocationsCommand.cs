using System.CommandLine;
using BenchmarkDotNet.Running;
using DistributedLocking.Benchmarks.Stores;

namespace DistributedLocking.Benchmarks.Allocations;

/// <summary>The command that measures the allocations of single operations with BenchmarkDotNet.</summary>
internal static class AllocationsCommand
{
    internal static Command Create()
    {
        var command = new Command("allocations", "Bytes allocated by single operations, measured by BenchmarkDotNet.");
        command.SetAction((_, _) => StoreUser.RunAsync(RedisStore.StoreName, store =>
        {
            // BenchmarkDotNet makes the object that is measured, in this process.
            Environment.SetEnvironmentVariable(store.Address.Key, store.Address.Value);
            BenchmarkRunner.Run<UncontendedAllocations>(AllocationsConfig.Create());
            return Task.CompletedTask;
        }));
        return command;
    }
}
