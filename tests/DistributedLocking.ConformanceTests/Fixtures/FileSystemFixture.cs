using DistributedLocking.FileSystem;
using DistributedLocking.Providers;
using DistributedLocking.Testing.Conformance.Workers;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.ConformanceTests.Fixtures;

public sealed class FileSystemFixture : DirectoryFixture
{
    public override LockProviderCapabilities Capabilities => LockProviderCapabilities.Fencing | LockProviderCapabilities.Notification
        | LockProviderCapabilities.Shared | LockProviderCapabilities.Counted
        | LockProviderCapabilities.Inspection;

    public override DistributedLockOptions CreateOptions() => new FileSystemLockOptions { Directory = Directory };

    public override ValueTask<ILockProvider> CreateProviderAsync(
        DistributedLockOptions options, ILoggerFactory loggerFactory, CancellationToken cancellationToken) =>
        ValueTask.FromResult<ILockProvider>(new FileSystemLockProvider((FileSystemLockOptions)options, loggerFactory));

    public override ValueTask<WorkerCommand> GetWorkerAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(TestWorker.Command("file", Directory));
}
