using System.Globalization;
using DistributedLocking.Providers;

namespace DistributedLocking.InMemory;

/// <summary>The provider over an <see cref="InMemoryLockStore"/>. Every operation completes at once.</summary>
/// <param name="store">Where the leases are.</param>
/// <param name="options">Where the key prefix comes from.</param>
public sealed class InMemoryLockProvider(InMemoryLockStore store, DistributedLockOptions options) : ILockProvider, ILockInspection
{
    // The length tells where the key begins: no prefix and key read like another prefix and another key. Before it a
    // letter keeps apart what is another lock of the same key.
    private readonly string _prefix = string.Create(CultureInfo.InvariantCulture, $"{options.KeyPrefix.Length}:{options.KeyPrefix}");
    private readonly string _sharedPrefix = string.Create(CultureInfo.InvariantCulture, $"s{options.KeyPrefix.Length}:{options.KeyPrefix}");
    private readonly string _countedPrefix = string.Create(CultureInfo.InvariantCulture, $"c{options.KeyPrefix.Length}:{options.KeyPrefix}");

    /// <inheritdoc />
    public string Name => "memory";

    /// <inheritdoc />
    public LockProviderCapabilities Capabilities =>
        LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Queue | LockProviderCapabilities.Notification
        | LockProviderCapabilities.Fencing | LockProviderCapabilities.Shared | LockProviderCapabilities.Counted
        | LockProviderCapabilities.Inspection;

    /// <inheritdoc />
    public ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        var token = store.TryGrant(NameOf(request.Mode, request.Key), request, out var holderExpiresIn);
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
            replies[i] = new RenewalReply(store.TryRenew(NameOf(lease), lease.OwnerId, timeToLive) ? RenewalOutcome.Renewed : RenewalOutcome.Lost);
        }

        return ValueTask.FromResult<IReadOnlyList<RenewalReply>>(replies);
    }

    /// <inheritdoc />
    public ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken) =>
        ValueTask.FromResult(store.TryRelease(NameOf(lease), lease.OwnerId));

    /// <inheritdoc />
    public ValueTask<IKeyWatch?> WatchAsync(AcquireRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IKeyWatch?>(store.Watch(NameOf(request.Mode, request.Key), request.OwnerId));

    /// <inheritdoc />
    public ValueTask LeaveAsync(LeaseReference waiter, CancellationToken cancellationToken)
    {
        store.Leave(NameOf(waiter), waiter.OwnerId);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    public ILockInspection Inspection => this;

    IAsyncEnumerable<LockHolder> ILockInspection.ListAsync(string prefix, CancellationToken cancellationToken) => LockHolders.ToAsync(Holders(prefix), cancellationToken);

    ValueTask<IReadOnlyList<LockHolder>> ILockInspection.FindAsync(string key, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<LockHolder>>([.. Holders(key).Where(holder => string.Equals(holder.Key, key, StringComparison.Ordinal))]);

    ValueTask<bool> ILockInspection.ForceReleaseAsync(LockHolder holder, CancellationToken cancellationToken) =>
        ReleaseAsync(LockHolders.Lease(holder), cancellationToken);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private IEnumerable<LockHolder> Holders(string keyPrefix) => Enum.GetValues<LockMode>()
        .SelectMany(mode => store.Holders(NameOf(mode, keyPrefix), NameOf(mode, "").Length, mode));

    private string NameOf(LeaseReference lease) => NameOf(lease.Mode, lease.Key);

    private string NameOf(LockMode mode, string key) => mode switch
    {
        LockMode.Exclusive => _prefix + key,
        LockMode.Shared => _sharedPrefix + key,
        LockMode.Counted => _countedPrefix + key,
        _ => throw new NotSupportedException($"The in-memory lock has no mode '{mode}'."),
    };
}
