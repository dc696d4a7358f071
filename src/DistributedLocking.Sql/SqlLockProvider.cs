using System.Data.Common;
using DistributedLocking.Providers;
using DistributedLocking.Sql.Connections;
using DistributedLocking.Sql.Dialects;
using DistributedLocking.Sql.Inspection;
using DistributedLocking.Sql.Keys;
using DistributedLocking.Sql.Leases;
using DistributedLocking.Sql.RowLocks;
using DistributedLocking.Sql.Sharing;
using DistributedLocking.Sql.Tables;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Sql;

/// <summary>Locks in a table of a database. A database's package derives its provider from it.</summary>
public abstract class SqlLockProvider : ILockProvider
{
    private readonly ILockProvider _inner;
    private readonly HolderProvider _holders;
    private readonly SqlDatabase _database;
    private readonly UnusedRows _unusedRows;
    private readonly IReleaseNotifications? _notifications;
    private readonly bool _isLease;

    /// <summary>Makes the provider. Nothing is connected before the first operation.</summary>
    /// <param name="options">Validated options.</param>
    /// <param name="dialect">The database's dialect for row locks and leases.</param>
    /// <param name="dataSource">Where connections come from.</param>
    /// <param name="ownsDataSource">Whether the data source is disposed with the provider.</param>
    /// <param name="loggerFactory">Where log entries go; null for nowhere.</param>
    /// <param name="timeProvider">The clock of the time-outs; null for the system's.</param>
    /// <param name="notifications">
    /// How a released lease, or a semaphore's, is told of, if the database can do that. It is disposed with the
    /// provider.
    /// </param>
    protected SqlLockProvider(
        SqlLockOptions options,
        SqlLockDialect dialect,
        DbDataSource dataSource,
        bool ownsDataSource,
        ILoggerFactory? loggerFactory,
        TimeProvider? timeProvider,
        IReleaseNotifications? notifications = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(dialect);
        ArgumentNullException.ThrowIfNull(dataSource);
        var logger = LockProviderLogger.Create(loggerFactory, Log.Category);
        _database = new SqlDatabase(dataSource, ownsDataSource, dialect, options, timeProvider ?? TimeProvider.System, logger);
        var keys = new KeysByMode(options.KeyPrefix);
        _unusedRows = new UnusedRows(_database, options.UnusedKeyRetention);
        _notifications = notifications;
        _isLease = options.Mode == SqlLockMode.Lease;
        _holders = new HolderProvider(_database, keys, _unusedRows, notifications);
        _inner = _isLease
            ? new LeaseProvider(_database, keys, _unusedRows, notifications)
            : new RowLockProvider(_database, keys, _unusedRows, options);
        WhyNoInspection = dialect.WhyNoInspection(options.Mode);
        Inspection = WhyNoInspection is null ? Inspect(keys) : null;
    }

    /// <inheritdoc />
    public string Name => _inner.Name;

    /// <inheritdoc />
    public LockProviderCapabilities Capabilities => _inner.Capabilities
        | (_database.HasHolders ? _holders.Capabilities : LockProviderCapabilities.None)
        | (Inspection is null ? LockProviderCapabilities.None : LockProviderCapabilities.Inspection);

    /// <inheritdoc />
    public string? WhyNot(LockMode mode) => _database.HasHolders ? null : "The database's dialect has no statements for them.";

    /// <inheritdoc />
    public ILockInspection? Inspection { get; }

    /// <inheritdoc />
    public string? WhyNoInspection { get; }

    /// <inheritdoc />
    public ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken) =>
        For(request.Mode).TryAcquireAsync(request, cancellationToken);

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var replies = new RenewalReply[batch.Count];
        await RenewEachAsync(batch, (i, reply) => replies[i] = reply, cancellationToken).ConfigureAwait(false);
        return replies;
    }

    /// <inheritdoc />
    public async ValueTask RenewEachAsync(IReadOnlyList<RenewalRequest> batch, Action<int, RenewalReply> onReply, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(onReply);
        var parts = Enumerable.Range(0, batch.Count).GroupBy(i => For(batch[i].Lease.Mode)).Select(part => RenewAsync(part.Key, [.. part])).ToArray();
        await Task.WhenAll(parts).ConfigureAwait(false);

        async Task RenewAsync(ILockProvider provider, int[] part)
        {
            var replies = await provider.RenewAsync(part.Length == batch.Count ? batch : Array.ConvertAll(part, i => batch[i]), cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < part.Length; i++)
            {
                onReply(part[i], replies[i]);
            }
        }
    }

    /// <inheritdoc />
    public ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken) => For(lease.Mode).ReleaseAsync(lease, cancellationToken);

    /// <inheritdoc />
    public ValueTask<IKeyWatch?> WatchAsync(AcquireRequest request, CancellationToken cancellationToken) =>
        For(request.Mode).WatchAsync(request, cancellationToken);

    /// <inheritdoc />
    public ValueTask LeaveAsync(LeaseReference waiter, CancellationToken cancellationToken) => For(waiter.Mode).LeaveAsync(waiter, cancellationToken);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _inner.DisposeAsync().ConfigureAwait(false);
        await _unusedRows.DisposeAsync().ConfigureAwait(false);
        if (_notifications is not null)
        {
            await _notifications.DisposeAsync().ConfigureAwait(false);
        }

        await _database.DisposeAsync().ConfigureAwait(false);
    }

    private ILockInspection Inspect(KeysByMode keys)
    {
        var locks = new SqlInspection(_database, keys.Of(LockMode.Exclusive), _inner);
        if (!_database.HasHolders)
        {
            return locks;
        }

        // A reader of a row lock holds what names no key.
        LockMode[] shared = _isLease ? [LockMode.Shared, LockMode.Counted] : [LockMode.Counted];
        return new ModesInspection(locks, shared.ToDictionary(mode => mode, mode => new HolderInspection(_database, keys.Of(mode), mode, _holders)));
    }

    /// <summary>
    /// A database's row locks know readers and writers, and don't count: a semaphore has leases in every mode.
    /// </summary>
    private ILockProvider For(LockMode mode) => mode switch
    {
        LockMode.Exclusive => _inner,
        LockMode.Shared when !_isLease => _inner,
        LockMode.Shared or LockMode.Counted => _holders,
        _ => throw new NotSupportedException($"The SQL providers know no lock mode {mode}."),
    };
}
