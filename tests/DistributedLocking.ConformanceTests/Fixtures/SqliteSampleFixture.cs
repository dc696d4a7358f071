using DistributedLocking.Providers;
using DistributedLocking.Testing.Conformance.Workers;
using Microsoft.Extensions.Logging;
using SqliteLock;

namespace DistributedLocking.ConformanceTests.Fixtures;

/// <summary>The sample of a provider that is made of public types alone.</summary>
public sealed class SqliteSampleFixture : DirectoryFixture
{
    public override LockProviderCapabilities Capabilities => LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Fencing;

    /// <summary>One writes at a time, each until the disk has it: on a busy machine that takes its time.</summary>
    public override TimeSpan LapsingTimeToLive => TimeSpan.FromSeconds(1);

    /// <summary>Whether a process is stopped in the middle of one is a matter of chance.</summary>
    public override IReadOnlyDictionary<string, string> Deviations => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Lease.StoppedHolderLosesTheLock"] = Stopped,
        ["Waiting.StoppedWaiterHoldsNobodyUp"] = Stopped,
    };

    private const string Stopped = "A process that is stopped in the middle of a transaction holds up all that write to the file until it goes on.";

    private string File => Path.Combine(Directory, "locks.db");

    public override DistributedLockOptions CreateOptions() => new SqliteLockOptions { Path = File };

    public override ValueTask<ILockProvider> CreateProviderAsync(
        DistributedLockOptions options, ILoggerFactory loggerFactory, CancellationToken cancellationToken) =>
        ValueTask.FromResult<ILockProvider>(new SqliteLockProvider((SqliteLockOptions)options));

    public override ValueTask<WorkerCommand> GetWorkerAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(TestWorker.Command("sqlite", File));
}
