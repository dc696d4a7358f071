using System.Data.Common;
using System.Globalization;
using DistributedLocking.Sql.Dialects;

namespace DistributedLocking.Sql.Connections;

/// <summary>Lists of parameters, and lists of keys in answers.</summary>
internal static class KeyList
{
    /// <summary>Puts the parameters of a list in its place in a statement.</summary>
    internal static string Expand(string statement, string name, int count) =>
        statement.Replace($"\0{name}s\0", string.Join(',', Enumerable.Range(0, count).Select(i => "@" + Numbered(name, i))), StringComparison.Ordinal);

    /// <summary>Puts a condition on pairs of parameters in the place of a list of them.</summary>
    internal static string ExpandPairs(string statement, int count) => statement.Replace(
        HolderStatements.Pairs,
        string.Join(" OR ", Enumerable.Range(0, count).Select(i => $"(lock_key = @{Numbered("key", i)} AND owner = @{Numbered("owner", i)})")),
        StringComparison.Ordinal);

    internal static string Numbered(string name, int number) => string.Create(CultureInfo.InvariantCulture, $"{name}{number}");

    internal static void AddKeys(this DbCommand command, IReadOnlyList<byte[]> keys)
    {
        for (var i = 0; i < keys.Count; i++)
        {
            command.Set("@" + Numbered("key", i), keys[i]);
        }
    }

    internal static async ValueTask<List<byte[]>> ReadAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        List<byte[]> keys = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            keys.Add((byte[])reader.GetValue(0));
        }

        return keys;
    }
}
