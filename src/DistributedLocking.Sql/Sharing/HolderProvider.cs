using System.Data.Common;
using System.Globalization;
using DistributedLocking.Providers;
using DistributedLocking.Sql.Connections;
using DistributedLocking.Sql.Dialects;
using DistributedLocking.Sql.Keys;
using DistributedLocking.Sql.Leases;
using DistributedLocking.Sql.Tables;

namespace DistributedLocking.Sql.Sharing;

/// <summary>
/// Reader-writer locks and semaphores as leases in a table of holders and waiters. Each operation is one round trip; no
/// connection is kept. Who waits asks again, and is granted the key by the attempt that finds its turn come.
/// </summary>
internal sealed class HolderProvider(SqlDatabase database, KeysByMode keys, UnusedRows unusedRows, IReleaseNotifications? notifications) : ILockProvider
{
    /// <summary>
    /// How long a place lasts that its owner does not ask for again, as it does once a second at least where releases
    /// are notified: what a waiter whose process has died costs those behind it.
    /// </summary>
    internal static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(3);

    private readonly RecentRefusals _refusals = new(database.Time);

    internal TimeSpan PlaceLasts { get; init; } = LongestSilence;

    public string Name => database.Dialect.Name;

    public LockProviderCapabilities Capabilities => LockProviderCapabilities.Shared | LockProviderCapabilities.Counted;

    public async ValueTask<AcquireReply> TryAcquireAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        unusedRows.HasHolders = true;
        var key = keys.Encode(request.Key, request.Mode);
        var (token, expiresIn) = await RunAsync((session, end) => AttemptAsync(session, key, request, end), cancellationToken).ConfigureAwait(false);
        unusedRows.DeleteNowAndThen();
        if (token != 0)
        {
            return AcquireReply.Granted(token);
        }

        _refusals.Note(request.Key);
        return AcquireReply.NotGranted(expiresIn);
    }

    public async ValueTask<IReadOnlyList<RenewalReply>> RenewAsync(IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken) =>
        await LeaseRenewal.RunAsync(database, keys, batch, cancellationToken).ConfigureAwait(false);

    public async ValueTask<bool> ReleaseAsync(LeaseReference lease, CancellationToken cancellationToken) =>
        await DeleteAsync(lease, holders => holders.Release, cancellationToken).ConfigureAwait(false) > 0;

    public async ValueTask LeaveAsync(LeaseReference waiter, CancellationToken cancellationToken) =>
        await DeleteAsync(waiter, holders => holders.Leave, cancellationToken).ConfigureAwait(false);

    public ValueTask<IKeyWatch?> WatchAsync(AcquireRequest request, CancellationToken cancellationToken) =>
        notifications is null ? ValueTask.FromResult<IKeyWatch?>(null) : notifications.WatchAsync(keys.Encode(request.Key, request.Mode), cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<(long Token, TimeSpan? ExpiresIn)> AttemptAsync(SqlSession session, byte[] key, AcquireRequest request, CancellationToken cancellationToken)
    {
        var holders = session.Statements.Holders!;
        if (_refusals.IsRecent(request.Key))
        {
            var (isWorthIt, expiresIn) = await AskAsync(holders.Look).ConfigureAwait(false);
            if (isWorthIt == 0)
            {
                return (0, expiresIn);
            }
        }

        return await AskAsync(holders.Acquire).ConfigureAwait(false);

        Task<(long Number, TimeSpan? ExpiresIn)> AskAsync(string text) =>
            session.QueryAsync(text, command => SetRequest(command, key, request), ReadAnswerAsync, cancellationToken);
    }

    private Task<int> DeleteAsync(LeaseReference owner, Func<HolderStatements, string> statement, CancellationToken cancellationToken)
    {
        var key = keys.Encode(owner.Key, owner.Mode);
        return RunAsync(
            (session, end) => session.ExecuteAsync(statement(session.Statements.Holders!), command => command.SetOwner(key, owner.OwnerId), end), cancellationToken);
    }

    private Task<T> RunAsync<T>(Func<SqlSession, CancellationToken, Task<T>> work, CancellationToken cancellationToken) => database.RunAsync(
        (session, token) => DeadlockRetry.RunAsync(database, session, end => work(session, end), token), cancellationToken);

    private void SetRequest(DbCommand command, byte[] key, AcquireRequest request)
    {
        command.SetOwner(key, request.OwnerId);
        command.Set("@limit", request.Limit);
        command.Set("@ttl", DatabaseTime.Microseconds(request.TimeToLive));
        command.Set("@place", request.StoreWait == TimeSpan.Zero ? 0 : DatabaseTime.Microseconds(PlaceLasts));
    }

    /// <summary>A cluster may send an answer before it knows whether it holds, and another one after it.</summary>
    private static async ValueTask<(long Number, TimeSpan? ExpiresIn)> ReadAnswerAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        (long Number, TimeSpan? ExpiresIn) answer = default;
        do
        {
            while (reader.FieldCount == 2 && await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                var isAlone = await reader.IsDBNullAsync(1, cancellationToken).ConfigureAwait(false);
                answer = (Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture), isAlone ? null : DatabaseTime.FromMicroseconds(Math.Max(0, reader.GetInt64(1))));
            }
        }
        while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));
        return answer;
    }
}
