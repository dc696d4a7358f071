using DistributedLocking.Providers;

namespace DistributedLocking.Testing;

/// <summary>
/// A provider that passes every call on to another. Derive from it to watch, change or disturb some of the calls.
/// </summary>
/// <param name="inner">The provider that does the work. It is disposed together with this one.</param>
public abstract class DelegatingLockProvider(ILockProvider inner) : ILockProvider
{
    /// <inheritdoc />
    public virtual string Name => Inner.Name;

    /// <inheritdoc />
    public virtual LockProviderCapabilities Capabilities => Inner.Capabilities;

    /// <summary>The provider that does the work.</summary>
    public ILockProvider Inner { get; } = inner ?? throw new ArgumentNullException(nameof(inner));

    /// <inheritdoc />
    public virtual ILockInspection? Inspection => Inner.Inspection;

    /// <inheritdoc />
    public virtual string? WhyNoInspection => Inner.WhyNoInspection;

    /// <inheritdoc />
    public virtual string? WhyNot(LockMode mode) => Inner.WhyNot(mode);

    /// <inheritdoc />
    public virtual ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken) =>
        Inner.TryAcquireAsync(request, cancellationToken);

    /// <inheritdoc />
    public virtual ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken) =>
        Inner.RenewAsync(batch, cancellationToken);

    /// <inheritdoc />
    public virtual ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken) => Inner.ReleaseAsync(lease, cancellationToken);

    /// <inheritdoc />
    public virtual ValueTask<IKeyWatch?> WatchAsync(AcquireRequest request, CancellationToken cancellationToken) =>
        Inner.WatchAsync(request, cancellationToken);

    /// <inheritdoc />
    public virtual ValueTask LeaveAsync(LeaseReference waiter, CancellationToken cancellationToken) => Inner.LeaveAsync(waiter, cancellationToken);

    /// <inheritdoc />
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Inner.DisposeAsync();
    }
}
