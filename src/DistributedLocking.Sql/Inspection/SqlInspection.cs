using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using DistributedLocking.Providers;
using DistributedLocking.Sql.Connections;
using DistributedLocking.Sql.Dialects;
using DistributedLocking.Sql.Keys;

namespace DistributedLocking.Sql.Inspection;

/// <summary>Tells who holds what by a look at the table and, for row locks, at the server's own lists.</summary>
internal sealed class SqlInspection(SqlDatabase database, KeyBytes keys, ILockProvider provider) : ILockInspection
{
    public async IAsyncEnumerable<LockHolder> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (from, to) = keys.Range(prefix);
        while (true)
        {
            var page = await LookAsync(from, to, cancellationToken).ConfigureAwait(false);
            foreach (var (key, holder) in page)
            {
                yield return holder with { Key = keys.Decode(key) };
            }

            if (page.Count < SqlStatements.HoldersAtOnce)
            {
                yield break;
            }

            from = KeyBytes.After(page[^1].Key);
        }
    }

    public async ValueTask<IReadOnlyList<LockHolder>> FindAsync(string key, CancellationToken cancellationToken)
    {
        var bytes = keys.Encode(key);
        var found = await LookAsync(bytes, KeyBytes.After(bytes), cancellationToken).ConfigureAwait(false);
        return found.ConvertAll(one => one.Holder with { Key = key });
    }

    /// <summary>A lease is released; of a row lock, its session is ended, and the database frees the row.</summary>
    public async ValueTask<bool> ForceReleaseAsync(LockHolder holder, CancellationToken cancellationToken)
    {
        if (holder.Session is not { } number)
        {
            return await provider.ReleaseAsync(LockHolders.Lease(holder), cancellationToken).ConfigureAwait(false);
        }

        var key = keys.Encode(holder.Key);
        return await database.RunAsync(
            (session, token) => session.QueryAsync(
                session.Statements.EndHolder!,
                command =>
                {
                    command.Set("@key", key);
                    command.Set("@session", number);
                },
                static async (reader, end) => await reader.ReadAsync(end).ConfigureAwait(false) && reader.GetBoolean(0),
                token),
            cancellationToken).ConfigureAwait(false);
    }

    private Task<List<(byte[] Key, LockHolder Holder)>> LookAsync(byte[] from, byte[] to, CancellationToken cancellationToken) => database.RunAsync(
        (session, token) => session.QueryAsync(
            session.Statements.ListHolders!,
            command =>
            {
                command.Set("@from", from);
                command.Set("@to", to);
            },
            ReadAsync,
            token),
        cancellationToken);

    private static async ValueTask<List<(byte[] Key, LockHolder Holder)>> ReadAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        List<(byte[] Key, LockHolder Holder)> found = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            found.Add(((byte[])reader.GetValue(0), Read(reader)));
        }

        return found;
    }

    /// <summary>The columns of <see cref="SqlStatements.ListHolders"/>.</summary>
    private static LockHolder Read(DbDataReader reader)
    {
        var holder = reader.IsDBNull(1)
            ? new LockHolder { Key = "", Kind = LockHolderKind.Lock, Machine = reader.IsDBNull(6) ? null : reader.GetString(6) }
            : LockHolders.Of("", LockHolderKind.Lock, reader.GetString(1));
        return holder with
        {
            FencingToken = Number(2),
            TimeLeft = Number(3) is { } left ? TimeSpan.FromMicroseconds(left) : null,
            Since = Number(4) is { } since ? LockHolders.Time(since) : null,
            Session = Number(5),
            Waiting = (int?)Number(7),
        };

        long? Number(int column) => reader.IsDBNull(column) ? null : Convert.ToInt64(reader.GetValue(column), CultureInfo.InvariantCulture);
    }
}
