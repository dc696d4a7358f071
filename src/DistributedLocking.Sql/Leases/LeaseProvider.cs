using System.Data.Common;
using DistributedLocking.Providers;
using DistributedLocking.Sql.Connections;
using DistributedLocking.Sql.Keys;
using DistributedLocking.Sql.Tables;

namespace DistributedLocking.Sql.Leases;

/// <summary>
/// A lock is a row with an owner and an expiry by the database's clock. Each operation is one statement; no connection
/// is kept.
/// </summary>
internal sealed class LeaseProvider(SqlDatabase database, KeysByMode keys, UnusedRows unusedRows, IReleaseNotifications? notifications) : ILockProvider
{
    /// <summary>
    /// How often an attempt is repeated at once when its answer does not tell who holds the lease, or the lease came
    /// free between two statements.
    /// </summary>
    private const int Repeats = 3;

    private readonly RecentRefusals _refusals = new(database.Time);

    public string Name => database.Dialect.Name;

    public LockProviderCapabilities Capabilities =>
        LockProviderCapabilities.ServerEnforcedLease | LockProviderCapabilities.Fencing
        | (notifications is null ? LockProviderCapabilities.None : LockProviderCapabilities.Notification);

    public async ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        var key = keys.Encode(request.Key);
        var reply = await database.RunAsync(
            (session, token) => DeadlockRetry.RunAsync(database, session, end => AttemptAsync(session, key, request, end), token), cancellationToken).ConfigureAwait(false);
        unusedRows.DeleteNowAndThen();
        return reply;
    }

    public async ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken) =>
        await LeaseRenewal.RunAsync(database, keys, batch, cancellationToken).ConfigureAwait(false);

    public async ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken)
    {
        var key = keys.Encode(lease.Key);
        return await database.RunAsync(
            (session, token) => DeadlockRetry.RunAsync(
                database,
                session,
                end => session.ExecuteAsync(session.Statements.ReleaseLease, command => command.SetOwner(key, lease.OwnerId), end),
                token),
            cancellationToken).ConfigureAwait(false) > 0;
    }

    public ValueTask<IKeyWatch?> WatchAsync(AcquireRequest request, CancellationToken cancellationToken) =>
        notifications is null ? ValueTask.FromResult<IKeyWatch?>(null) : notifications.WatchAsync(keys.Encode(request.Key), cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<AcquireReply> AttemptAsync(SqlSession session, byte[] key, AcquireRequest request, CancellationToken cancellationToken)
    {
        for (var repeat = 0; ; repeat++)
        {
            var text = session.Statements.AcquireHeldLease is { } look && _refusals.IsRecent(request.Key) ? look : session.Statements.AcquireLease;
            var lease = await session.QueryAsync(
                text, command => command.SetLease(key, request.OwnerId, request.Tokens, request.TimeToLive), database.LockDialect.ReadLeaseAsync, cancellationToken).ConfigureAwait(false);
            if (lease.Token is { } lastToken)
            {
                return AcquireReply.Granted(lastToken - request.Tokens + 1, offer: null, request.Tokens);
            }

            _refusals.Note(request.Key);
            var expiresIn = lease.HolderExpiresIn;
            if (expiresIn is not null && !lease.IsReleaseNotified && notifications is not null && session.Statements.RequestNotice is { } requestNotice)
            {
                expiresIn = await session.QueryAsync(requestNotice, command => command.Set("@key", key), ReadExpiryAsync, cancellationToken).ConfigureAwait(false);
            }

            if (expiresIn is not null || repeat == Repeats)
            {
                return AcquireReply.NotGranted(expiresIn);
            }
        }
    }

    /// <summary>When the holder's lease ends; null when nobody holds it by now.</summary>
    private static async ValueTask<TimeSpan?> ReadExpiryAsync(DbDataReader reader, CancellationToken cancellationToken) =>
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false) && reader.GetInt64(0) is > 0 and var left
            ? DatabaseTime.FromMicroseconds(left)
            : null;
}
