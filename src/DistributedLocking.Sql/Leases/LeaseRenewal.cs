using System.Data.Common;
using DistributedLocking.Providers;
using DistributedLocking.Sql.Connections;
using DistributedLocking.Sql.Keys;

namespace DistributedLocking.Sql.Leases;

/// <summary>
/// Renews many leases with one statement for each time to live: those of locks, and those in the table of holders.
/// </summary>
internal static class LeaseRenewal
{
    /// <summary>The leases of one statement: few enough for every driver and parser.</summary>
    private const int Batch = 200;

    internal static async Task<RenewalReply[]> RunAsync(
        SqlDatabase database, KeysByMode keys, IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken)
    {
        var replies = new RenewalReply[batch.Count];
        var statements = Enumerable.Range(0, batch.Count)
            .GroupBy(i => (batch[i].TimeToLive, IsLock(batch[i])))
            .SelectMany(group => group.Chunk(Batch))
            .Select(chunk => RenewAsync(database, keys, batch, chunk, replies, cancellationToken));
        await Task.WhenAll(statements).ConfigureAwait(false);
        return replies;
    }

    private static async Task RenewAsync(
        SqlDatabase database, KeysByMode keys, IReadOnlyList<RenewalRequest> batch, int[] chunk, RenewalReply[] replies, CancellationToken cancellationToken)
    {
        try
        {
            var encoded = chunk.Select(i => keys.Encode(batch[i].Lease.Key, batch[i].Lease.Mode)).ToArray();
            var renewed = await database.RunAsync(
                (session, token) => session.QueryAsync(
                    IsLock(batch[chunk[0]])
                        ? KeyList.Expand(KeyList.Expand(session.Statements.RenewLeases, "key", chunk.Length), "owner", chunk.Length)
                        : KeyList.ExpandPairs(session.Statements.Holders!.Renew, chunk.Length),
                    command => AddParameters(command, batch, chunk, encoded),
                    ReadAsync,
                    token),
                cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < chunk.Length; i++)
            {
                var request = batch[chunk[i]];
                var isRenewed = renewed.Contains(Identity(encoded[i], IsLock(request) ? null : request.Lease.OwnerId));
                replies[chunk[i]] = new RenewalReply(isRenewed ? RenewalOutcome.Renewed : RenewalOutcome.Lost);
            }
        }
        catch (Exception e)
        {
            foreach (var i in chunk)
            {
                replies[i] = new RenewalReply(RenewalOutcome.Unknown, e);
            }
        }
    }

    private static bool IsLock(RenewalRequest request) => request.Lease.Mode == LockMode.Exclusive;

    /// <summary>A lock's key has one owner; a key in the table of holders has many.</summary>
    private static async ValueTask<HashSet<string>> ReadAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        HashSet<string> renewed = new(StringComparer.Ordinal);
        do
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                renewed.Add(Identity((byte[])reader.GetValue(0), reader.FieldCount > 1 ? reader.GetString(1) : null));
            }
        }
        while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));
        return renewed;
    }

    private static string Identity(byte[] key, string? ownerId) => Convert.ToHexString(key) + ownerId;

    private static void AddParameters(DbCommand command, IReadOnlyList<RenewalRequest> batch, int[] chunk, byte[][] encoded)
    {
        command.Set("@ttl", DatabaseTime.Microseconds(batch[chunk[0]].TimeToLive));
        command.AddKeys(encoded);
        for (var i = 0; i < chunk.Length; i++)
        {
            command.Set("@" + KeyList.Numbered("owner", i), batch[chunk[i]].Lease.OwnerId);
        }
    }
}
