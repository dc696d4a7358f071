using System.Globalization;
using DistributedLocking.Providers;

namespace DistributedLocking.InMemory;

/// <summary>The provider over an <see cref="InMemoryLockStore"/>. Every operation completes at once.</summary>
/// <param name="store">Where the leases are.</param>
/// <param name="options">Where the key prefix comes from.</param>
public sealed class InMemoryLockProvider(InMemoryLockStore store, DistributedLockOptions options) : ILockProvider
{
    // The length tells where the key begins: no prefix and key read like another prefix and another key.
    private readonly string _prefix = string.Create(CultureInfo.InvariantCulture, $"{options.KeyPrefix.Length}:{options.KeyPrefix}");

    /// <inheritdoc />
    public string Name => "memory";

    /// <inheritdoc />
    public LockProviderCapabilities Capabilities =>
        LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Notification | LockProviderCapabilities.Fencing;

    /// <inheritdoc />
    public ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        if (request.Mode != LockMode.Exclusive)
        {
            throw new NotSupportedException($"The in-memory lock has no mode '{request.Mode}'.");
        }

        var token = store.TryGrant(_prefix + request.Key, request.OwnerId, request.TimeToLive, out var holderExpiresIn);
        return ValueTask.FromResult(token is { } granted ? AcquireReply.Granted(granted) : AcquireReply.NotGranted(holderExpiresIn));
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var replies = new RenewalReply[batch.Count];
        for (var i = 0; i < replies.Length; i++)
        {
            var (lease, timeToLive) = batch[i];
            replies[i] = new RenewalReply(store.TryRenew(_prefix + lease.Key, lease.OwnerId, timeToLive) ? RenewalOutcome.Renewed : RenewalOutcome.Lost);
        }

        return ValueTask.FromResult<IReadOnlyList<RenewalReply>>(replies);
    }

    /// <inheritdoc />
    public ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken) =>
        ValueTask.FromResult(store.TryRelease(_prefix + lease.Key, lease.OwnerId));

    /// <inheritdoc />
    public ValueTask<IKeyWatch?> WatchAsync(AcquireRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IKeyWatch?>(store.Watch(_prefix + request.Key));

    /// <inheritdoc />
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
