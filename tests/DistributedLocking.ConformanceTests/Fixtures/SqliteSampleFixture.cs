using DistributedLocking.Providers;
using DistributedLocking.Testing.Conformance;
using DistributedLocking.Testing.Conformance.Workers;
using Microsoft.Extensions.Logging;
using SqliteLock;

namespace DistributedLocking.ConformanceTests.Fixtures;

/// <summary>The sample of a provider that is made of public types alone.</summary>
public sealed class SqliteSampleFixture : ConformanceFixture
{
    private readonly Lazy<string> _directory = new(() => Directory.CreateTempSubdirectory("sqlite-lock-").FullName);

    public override LockProviderCapabilities Capabilities => LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Fencing;

    public override bool CanStartWorkers => true;

    public override string NoOutageReason => "A local file is never away.";

    private string File => Path.Combine(_directory.Value, "locks.db");

    public override DistributedLockOptions CreateOptions() => new SqliteLockOptions { Path = File };

    public override ValueTask<ILockProvider> CreateProviderAsync(
        DistributedLockOptions options, ILoggerFactory loggerFactory, CancellationToken cancellationToken) =>
        ValueTask.FromResult<ILockProvider>(new SqliteLockProvider((SqliteLockOptions)options));

    public override ValueTask<WorkerCommand> GetWorkerAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(TestWorker.Command("sqlite", File));

    public override ValueTask DisposeAsync()
    {
        if (_directory.IsValueCreated)
        {
            Directory.Delete(_directory.Value, recursive: true);
        }

        return base.DisposeAsync();
    }
}
