using DistributedLocking.Providers;
using DistributedLocking.Testing;

namespace DistributedLocking.ConformanceTests.Broken;

/// <summary>A store that can be away.</summary>
internal sealed class StoppableProvider(ILockProvider inner, Func<bool> isAway) : DelegatingLockProvider(inner)
{
    public override ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken) =>
        isAway() ? throw Away() : base.TryAcquireAsync(request, cancellationToken);

    public override ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken) =>
        isAway() ? throw Away() : base.RenewAsync(batch, cancellationToken);

    public override ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken) =>
        isAway() ? throw Away() : base.ReleaseAsync(lease, cancellationToken);

    private static IOException Away() => new("The store is away.");
}
