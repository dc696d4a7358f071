using System.Data.Common;
using DistributedLocking;

namespace TicketShop.Data;

/// <summary>
/// The guard for SQLite: a row with the newest token of each resource. On servers the guard of
/// DistributedLocking.Sql does the same.
/// </summary>
internal static class SqliteFence
{
    internal const string Table = "CREATE TABLE IF NOT EXISTS shop_fence (resource TEXT PRIMARY KEY, token INTEGER NOT NULL) WITHOUT ROWID";

    private const string Newest = "SELECT token FROM shop_fence WHERE resource = @resource";
    private const string Remember = "INSERT INTO shop_fence VALUES (@resource, @token) ON CONFLICT (resource) DO UPDATE SET token = excluded.token";

    /// <summary>
    /// Refuses a token that is older than one seen before, and remembers a newer one. An SQLite transaction has the
    /// whole file from its start, so nobody comes between the two statements.
    /// </summary>
    internal static async Task EnsureCurrentAsync(DbTransaction transaction, Fence fence, CancellationToken cancellationToken)
    {
        await using var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        ShopDatabase.Set(command, Newest, ("@resource", fence.Resource));
        if (await command.ExecuteScalarAsync(cancellationToken) is long newest && newest > fence.Token)
        {
            throw new StaleFencingTokenException { FencingToken = fence.Token, NewestToken = newest };
        }

        ShopDatabase.Set(command, Remember, ("@resource", fence.Resource), ("@token", fence.Token));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
