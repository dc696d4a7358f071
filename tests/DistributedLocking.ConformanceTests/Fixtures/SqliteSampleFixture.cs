using DistributedLocking.Providers;
using DistributedLocking.Testing.Conformance.Workers;
using Microsoft.Extensions.Logging;
using SqliteLock;

namespace DistributedLocking.ConformanceTests.Fixtures;

/// <summary>The sample of a provider that is made of public types alone.</summary>
public sealed class SqliteSampleFixture : DirectoryFixture
{
    public override LockProviderCapabilities Capabilities => LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Fencing;

    private string File => Path.Combine(Directory, "locks.db");

    public override DistributedLockOptions CreateOptions() => new SqliteLockOptions { Path = File };

    public override ValueTask<ILockProvider> CreateProviderAsync(
        DistributedLockOptions options, ILoggerFactory loggerFactory, CancellationToken cancellationToken) =>
        ValueTask.FromResult<ILockProvider>(new SqliteLockProvider((SqliteLockOptions)options));

    public override ValueTask<WorkerCommand> GetWorkerAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(TestWorker.Command("sqlite", File));
}
