using DistributedLocking.InMemory;
using DistributedLocking.Providers;
using DistributedLocking.Testing.Conformance;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.ConformanceTests.Broken;

/// <summary>
/// The in-memory provider with a defect. All providers of one fixture share what the defect needs to know.
/// </summary>
internal sealed class BrokenFixture(Func<ILockProvider, ILockProvider> damage) : ConformanceFixture
{
    private readonly InMemoryLockStore _store = new();
    private volatile bool _isAway;

    public override LockProviderCapabilities Capabilities =>
        LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Queue | LockProviderCapabilities.Notification | LockProviderCapabilities.Fencing
        | LockProviderCapabilities.Shared | LockProviderCapabilities.Counted | LockProviderCapabilities.Inspection;

    /// <summary>A broken provider fails its fact; there is no need to be patient with it.</summary>
    public override TimeSpan Patience => TimeSpan.FromSeconds(2);

    public override bool CanStopStore => true;

    public override ValueTask<ILockProvider> CreateProviderAsync(
        DistributedLockOptions options, ILoggerFactory loggerFactory, CancellationToken cancellationToken) =>
        ValueTask.FromResult(damage(new StoppableProvider(new InMemoryLockProvider(_store, options), () => _isAway)));

    public override ValueTask StopStoreAsync(CancellationToken cancellationToken)
    {
        _isAway = true;
        return ValueTask.CompletedTask;
    }

    public override ValueTask StartStoreAsync(CancellationToken cancellationToken)
    {
        _isAway = false;
        return ValueTask.CompletedTask;
    }
}
