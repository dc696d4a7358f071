using System.Data.Common;
using System.Runtime.CompilerServices;
using DistributedLocking.Providers;
using DistributedLocking.Sql.Connections;
using DistributedLocking.Sql.Dialects;
using DistributedLocking.Sql.Keys;
using DistributedLocking.Sql.Sharing;

namespace DistributedLocking.Sql.Inspection;

/// <summary>Tells who holds reader-writer locks or semaphores, by a look at the table of holders.</summary>
internal sealed class HolderInspection(SqlDatabase database, KeyBytes keys, LockMode mode, HolderProvider provider) : ILockInspection
{
    public async IAsyncEnumerable<LockHolder> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (from, to) = keys.Range(prefix);
        await foreach (var page in LookAsync(from, to, cancellationToken).ConfigureAwait(false))
        {
            foreach (var (key, holder) in page)
            {
                yield return holder with { Key = keys.Decode(key) };
            }
        }
    }

    public async ValueTask<IReadOnlyList<LockHolder>> FindAsync(string key, CancellationToken cancellationToken)
    {
        List<LockHolder> found = [];
        var bytes = keys.Encode(key);
        await foreach (var page in LookAsync(bytes, KeyBytes.After(bytes), cancellationToken).ConfigureAwait(false))
        {
            found.AddRange(page.Select(one => one.Holder with { Key = key }));
        }

        return found;
    }

    public ValueTask<bool> ForceReleaseAsync(LockHolder holder, CancellationToken cancellationToken) =>
        provider.ReleaseAsync(LockHolders.Lease(holder), cancellationToken);

    /// <summary>All of the range, page by page: one key may have more holders than a page.</summary>
    private async IAsyncEnumerable<List<(byte[] Key, LockHolder Holder)>> LookAsync(
        byte[] from, byte[] to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var owner = "";
        while (true)
        {
            var page = await LookAsync(from, to, owner, cancellationToken).ConfigureAwait(false);
            yield return page;
            if (page.Count < SqlStatements.HoldersAtOnce)
            {
                yield break;
            }

            (from, owner) = (page[^1].Key, page[^1].Holder.OwnerId!);
        }
    }

    private Task<List<(byte[] Key, LockHolder Holder)>> LookAsync(byte[] from, byte[] to, string owner, CancellationToken cancellationToken) =>
        database.RunAsync((session, token) => LookAsync(session, from, to, owner, token), cancellationToken);

    private async Task<List<(byte[] Key, LockHolder Holder)>> LookAsync(
        SqlSession session, byte[] from, byte[] to, string owner, CancellationToken cancellationToken)
    {
        try
        {
            return await session.QueryAsync(
                session.Statements.Holders!.List,
                command =>
                {
                    command.Set("@from", from);
                    command.Set("@to", to);
                    command.Set("@owner", owner);
                },
                ReadAsync,
                cancellationToken).ConfigureAwait(false);
        }
        catch (DbException e) when (database.Dialect.Classify(e) == SqlFault.TableMissing)
        {
            // Nobody has used it yet, and who only looks makes no table.
            await session.RollBackAsync(cancellationToken).ConfigureAwait(false);
            return [];
        }
    }

    private async ValueTask<List<(byte[] Key, LockHolder Holder)>> ReadAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        List<(byte[] Key, LockHolder Holder)> found = [];
        do
        {
            while (reader.FieldCount == HolderStatements.ListColumns && await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                found.Add(((byte[])reader.GetValue(0), Read(reader)));
            }
        }
        while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));
        return found;
    }

    /// <summary>The columns of <see cref="HolderStatements.List"/>.</summary>
    private LockHolder Read(DbDataReader reader) => LockHolders.Of("", LockHolders.Kind(mode, isAlone: reader.GetInt32(2) == 1), reader.GetString(1)) with
    {
        FencingToken = reader.GetInt64(3),
        Since = LockHolders.Time(reader.GetInt64(4)),
        TimeLeft = TimeSpan.FromMicroseconds(reader.GetInt64(5)),
        Waiting = (int)reader.GetInt64(6),
    };
}
