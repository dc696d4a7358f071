using System.Data.Common;
using DistributedLocking.Providers;
using DistributedLocking.Sql.Connections;
using DistributedLocking.Sql.Dialects;
using DistributedLocking.Sql.Inspection;
using DistributedLocking.Sql.Keys;
using DistributedLocking.Sql.Leases;
using DistributedLocking.Sql.RowLocks;
using DistributedLocking.Sql.Tables;
using Microsoft.Extensions.Logging;

namespace DistributedLocking.Sql;

/// <summary>Locks in a table of a database. A database's package derives its provider from it.</summary>
public abstract class SqlLockProvider : ILockProvider
{
    private readonly ILockProvider _inner;

    /// <summary>Makes the provider. Nothing is connected before the first operation.</summary>
    /// <param name="options">Validated options.</param>
    /// <param name="dialect">The database's dialect for row locks and leases.</param>
    /// <param name="dataSource">Where connections come from.</param>
    /// <param name="ownsDataSource">Whether the data source is disposed with the provider.</param>
    /// <param name="loggerFactory">Where log entries go; null for nowhere.</param>
    /// <param name="timeProvider">The clock of the time-outs; null for the system's.</param>
    /// <param name="notifications">
    /// How a released lease is told of, if the database can do that. It is disposed with the provider.
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
        var database = new SqlDatabase(dataSource, ownsDataSource, dialect, options, timeProvider ?? TimeProvider.System, logger);
        var keys = KeyBytes.OfLocks(options.KeyPrefix);
        var unusedRows = new UnusedRows(database, options.UnusedKeyRetention);
        _inner = options.Mode == SqlLockMode.Lease
            ? new LeaseProvider(database, keys, unusedRows, notifications)
            : new RowLockProvider(database, keys, unusedRows, options);
        WhyNoInspection = dialect.WhyNoInspection(options.Mode);
        Inspection = WhyNoInspection is null ? new SqlInspection(database, keys, _inner) : null;
    }

    /// <inheritdoc />
    public string Name => _inner.Name;

    /// <inheritdoc />
    public LockProviderCapabilities Capabilities =>
        _inner.Capabilities | (Inspection is null ? LockProviderCapabilities.None : LockProviderCapabilities.Inspection);

    /// <inheritdoc />
    public ILockInspection? Inspection { get; }

    /// <inheritdoc />
    public string? WhyNoInspection { get; }

    /// <inheritdoc />
    public ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken) =>
        _inner.TryAcquireAsync(request, cancellationToken);

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken) =>
        _inner.RenewAsync(batch, cancellationToken);

    /// <inheritdoc />
    public ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken) => _inner.ReleaseAsync(lease, cancellationToken);

    /// <inheritdoc />
    public ValueTask<IKeyWatch?> WatchAsync(AcquireRequest request, CancellationToken cancellationToken) => _inner.WatchAsync(request, cancellationToken);

    /// <inheritdoc />
    public ValueTask LeaveAsync(LeaseReference waiter, CancellationToken cancellationToken) => _inner.LeaveAsync(waiter, cancellationToken);

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _inner.DisposeAsync();
    }
}
