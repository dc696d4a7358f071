using DistributedLocking.FileSystem;
using DistributedLocking.Providers;
using DistributedLocking.Testing.Conformance;
using DistributedLocking.Testing.Conformance.Workers;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.ConformanceTests.Fixtures;

public sealed class FileSystemFixture : ConformanceFixture
{
    private readonly Lazy<string> _directory = new(() => Directory.CreateTempSubdirectory("locks-").FullName);

    public override LockProviderCapabilities Capabilities => LockProviderCapabilities.Fencing | LockProviderCapabilities.Notification;

    public override bool CanStartWorkers => true;

    public override string NoOutageReason => "A local directory is never away.";

    public override DistributedLockOptions CreateOptions() => new FileSystemLockOptions { Directory = _directory.Value };

    public override ValueTask<ILockProvider> CreateProviderAsync(
        DistributedLockOptions options, ILoggerFactory loggerFactory, CancellationToken cancellationToken) =>
        ValueTask.FromResult<ILockProvider>(new FileSystemLockProvider((FileSystemLockOptions)options, loggerFactory));

    public override ValueTask<WorkerCommand> GetWorkerAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(TestWorker.Command("file", _directory.Value));

    public override ValueTask DisposeAsync()
    {
        if (_directory.IsValueCreated)
        {
            Directory.Delete(_directory.Value, recursive: true);
        }

        return base.DisposeAsync();
    }
}
