using DistributedLocking.Etcd.Acquiring;
using DistributedLocking.Etcd.Configuration;
using DistributedLocking.Etcd.Connections;
using DistributedLocking.Etcd.Fencing;
using DistributedLocking.Etcd.Inspection;
using DistributedLocking.Etcd.Keys;
using DistributedLocking.Etcd.Leases;
using DistributedLocking.Etcd.Protocol;
using DistributedLocking.Etcd.Queue;
using DistributedLocking.Providers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DistributedLocking.Etcd;

/// <summary>
/// Locks on etcd, a store in which a majority of members has to agree on everything: a name for each owner below its
/// lock, in the order in which they were created, on leases that end with their process.
/// </summary>
public sealed class EtcdLockProvider : ILockProvider
{
    /// <summary>How long a disposal waits for what is held to be given up.</summary>
    private static readonly TimeSpan RevocationBound = TimeSpan.FromMilliseconds(900);

    private readonly EtcdConnection _connection;
    private readonly LockNames _names;
    private readonly SharedLeases _leases;
    private readonly HeldLocks _held = new();
    private readonly QueuePlaces _places = new();
    private readonly Epoch _epoch;
    private readonly LockAcquirer _acquirer;
    private readonly LeaseRenewal _renewal;
    private readonly DeleteWatches _watches;

    /// <summary>
    /// Makes a provider for code without dependency injection. Nothing is connected before the first operation.
    /// </summary>
    /// <param name="options">The options, which are copied.</param>
    /// <param name="loggerFactory">Where log entries go; null for nowhere.</param>
    /// <param name="timeProvider">The clock of the time-outs, and of what tokens begin at; null for the system's.</param>
    /// <exception cref="ArgumentException">An option is wrong.</exception>
    public EtcdLockProvider(EtcdLockOptions options, ILoggerFactory? loggerFactory = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var result = new EtcdLockOptionsValidator().Validate(Options.DefaultName, options);
        if (result.Failed)
        {
            throw new ArgumentException(result.FailureMessage, nameof(options));
        }

        _connection = new EtcdConnection(options, timeProvider ?? TimeProvider.System, LockProviderLogger.Create(loggerFactory, Log.Category));
        _names = new LockNames(options.KeyPrefix);
        _leases = new SharedLeases(_connection);
        _epoch = new Epoch(_connection, _names, _leases);
        _acquirer = new LockAcquirer(_connection, _names, _leases, _epoch, new TokenBase(_connection, _names), _places, _held);
        _renewal = new LeaseRenewal(_connection, _leases, _held);
        _watches = new DeleteWatches(_connection, _names);
        Inspection = new EtcdInspection(this, _connection, _names);
    }

    /// <inheritdoc />
    public string Name => "etcd";

    /// <inheritdoc />
    public LockProviderCapabilities Capabilities => LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Fencing
        | LockProviderCapabilities.Queue | LockProviderCapabilities.Notification | LockProviderCapabilities.Shared | LockProviderCapabilities.Counted
        | LockProviderCapabilities.Inspection;

    /// <inheritdoc />
    public ILockInspection Inspection { get; }

    /// <inheritdoc />
    public ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken) =>
        _acquirer.AcquireAsync(request, cancellationToken);

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var replies = new RenewalReply[batch.Count];
        await _renewal.RunAsync(batch, (index, reply) => replies[index] = reply, cancellationToken).ConfigureAwait(false);
        return replies;
    }

    async ValueTask ILockProvider.RenewEachAsync(IReadOnlyList<RenewalRequest> batch, Action<int, RenewalReply> onReply, CancellationToken cancellationToken) =>
        await _renewal.RunAsync(batch, onReply, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc />
    public async ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken)
    {
        var deletes = Array.ConvertAll(_names.Owners(lease), Operations.Delete);
        var release = new TxnRequest();
        release.Success.AddRange(deletes);
        var isKnown = _held.Find(lease.OwnerId) is not null || _places.Find(lease.OwnerId) is not null;
        if (!isKnown && _epoch.Revision > 0)
        {
            // An attempt that was not answered may be on its way still. After this it finds another epoch.
            release.Compare.Add(Operations.Exists(_names.Epoch));
            release.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = _names.Epoch, IgnoreLease = true } });
            release.Failure.AddRange(deletes);
        }

        var answer = await _connection.RunAsync(release, cancellationToken).ConfigureAwait(false);
        if (!isKnown && answer.Responses.Count > deletes.Length)
        {
            _epoch.Note(answer.Header.Revision);
        }

        _held.Remove(lease.OwnerId);
        _places.Remove(lease.OwnerId);
        return answer.Responses.Take(deletes.Length).Any(deleted => deleted.ResponseDeleteRange.Deleted == 1);
    }

    /// <inheritdoc />
    public async ValueTask LeaveAsync(LeaseReference waiter, CancellationToken cancellationToken)
    {
        if (_places.Find(waiter.OwnerId) is not null)
        {
            await ReleaseAsync(waiter, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public ValueTask<IKeyWatch?> WatchAsync(AcquireRequest request, CancellationToken cancellationToken) =>
        new(_places.Find(request.OwnerId) is { } place ? _watches.Watch(request.Key, request.Mode, place) : null);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        using (var bound = new CancellationTokenSource(RevocationBound, _connection.Time))
        {
            await _leases.RevokeAsync(bound.Token).ConfigureAwait(false);
        }

        _connection.Dispose();
        _epoch.Dispose();
    }
}
