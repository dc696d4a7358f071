using DistributedLocking.InMemory;
using DistributedLocking.Providers;
using DistributedLocking.Testing.Conformance;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.ConformanceTests.Fixtures;

public sealed class InMemoryFixture : ConformanceFixture
{
    private readonly InMemoryLockStore _store = new();

    public override LockProviderCapabilities Capabilities =>
        LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Queue | LockProviderCapabilities.Notification | LockProviderCapabilities.Fencing
        | LockProviderCapabilities.Shared | LockProviderCapabilities.Counted
        | LockProviderCapabilities.Inspection;

    public override string NoWorkerReason => "The store lives in the memory of one process.";

    public override string NoOutageReason => "Memory is never away.";

    public override ValueTask<ILockProvider> CreateProviderAsync(
        DistributedLockOptions options, ILoggerFactory loggerFactory, CancellationToken cancellationToken) =>
        ValueTask.FromResult<ILockProvider>(new InMemoryLockProvider(_store, options));
}
