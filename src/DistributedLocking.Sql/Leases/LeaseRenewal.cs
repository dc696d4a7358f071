using System.Data.Common;
using DistributedLocking.Providers;
using DistributedLocking.Sql.Connections;
using DistributedLocking.Sql.Keys;

namespace DistributedLocking.Sql.Leases;

/// <summary>Renews many leases with one statement for each time to live.</summary>
internal static class LeaseRenewal
{
    /// <summary>The leases of one statement: few enough for every driver and parser.</summary>
    private const int Batch = 200;

    internal static async Task<RenewalReply[]> RunAsync(
        SqlDatabase database, KeyBytes keys, IReadOnlyList<RenewalRequest> batch, CancellationToken cancellationToken)
    {
        var replies = new RenewalReply[batch.Count];
        var statements = Enumerable.Range(0, batch.Count)
            .GroupBy(i => batch[i].TimeToLive)
            .SelectMany(group => group.Chunk(Batch))
            .Select(chunk => RenewAsync(database, keys, batch, chunk, replies, cancellationToken));
        await Task.WhenAll(statements).ConfigureAwait(false);
        return replies;
    }

    private static async Task RenewAsync(
        SqlDatabase database, KeyBytes keys, IReadOnlyList<RenewalRequest> batch, int[] chunk, RenewalReply[] replies, CancellationToken cancellationToken)
    {
        try
        {
            var encoded = chunk.Select(i => keys.Encode(batch[i].Lease.Key)).ToArray();
            var renewed = await database.RunAsync(
                (session, token) => session.QueryAsync(
                    KeyList.Expand(KeyList.Expand(session.Statements.RenewLeases, "key", chunk.Length), "owner", chunk.Length),
                    command => AddParameters(command, batch, chunk, encoded),
                    KeyList.ReadAsync,
                    token),
                cancellationToken).ConfigureAwait(false);
            var keysRenewed = renewed.Select(Convert.ToHexString).ToHashSet(StringComparer.Ordinal);
            for (var i = 0; i < chunk.Length; i++)
            {
                replies[chunk[i]] = new RenewalReply(keysRenewed.Contains(Convert.ToHexString(encoded[i])) ? RenewalOutcome.Renewed : RenewalOutcome.Lost);
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
